import { queryRow } from '../../platform/db/database.ts';
import { Conditions } from '../../platform/db/paging.ts';
import { type InvitationFilter, invitationConditions } from '../filter.ts';

/** Invitations selected one by one, or all that match a filter. */
export type Selection = Readonly<{ ids: readonly string[] } | { filter: InvitationFilter }>;

/** The selection as conditions on `invitations i`. */
export function selectionConditions(selection: Selection): Conditions {
  return 'ids' in selection
    ? new Conditions().and('i.id = any(?::bigint[])', selection.ids)
    : invitationConditions(selection.filter);
}

/** The exact number, because people confirm it before an action. */
export async function countSelection(selection: Selection): Promise<number> {
  const { sql, bind } = selectionConditions(selection);
  const counted = await queryRow<{ count: number }>(
    `select count(*)::int as count from invitations i where ${sql}`,
    bind,
  );
  return counted?.count ?? 0;
}
