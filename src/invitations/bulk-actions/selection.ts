import { queryRow } from '../../platform/db/database.ts';
import { Conditions } from '../../platform/db/paging.ts';
import { type InvitationFilter, invitationConditions } from '../filter.ts';

/** Which invitations are meant: those that were ticked, or all that match. */
export type Selection = Readonly<{ ids: readonly string[] } | { filter: InvitationFilter }>;

/** A selection as conditions on `invitations i`. */
export function selectionConditions(selection: Selection): Conditions {
  return 'ids' in selection
    ? new Conditions().and('i.id = any(?::bigint[])', selection.ids)
    : invitationConditions(selection.filter);
}

/** How many there are, exactly: a page that asks before something final says the number. */
export async function countSelection(selection: Selection): Promise<number> {
  const { sql, bind } = selectionConditions(selection);
  const counted = await queryRow<{ count: number }>(
    `select count(*)::int as count from invitations i where ${sql}`,
    bind,
  );
  return counted?.count ?? 0;
}
