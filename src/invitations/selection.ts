import { row } from '../database.ts';
import { allConditionsOf, type Conditions, type InvitationFilter } from './filter.ts';

/** Which invitations are meant: those that were ticked, or all that match. */
export type Selection = Readonly<{ ids: readonly string[] } | { filter: InvitationFilter }>;

/** A selection as conditions on `invitations i`. */
export function conditionsOfSelection(selection: Selection): Conditions {
  return 'ids' in selection
    ? { where: ['i.id = any($1::bigint[])'], bind: [selection.ids] }
    : allConditionsOf(selection.filter);
}

/** How many there are, exactly: a page that asks before something final says the number. */
export async function countSelection(selection: Selection): Promise<number> {
  const { where, bind } = conditionsOfSelection(selection);
  const counted = await row<{ count: number }>(
    `select count(*)::int as count from invitations i where ${where.join(' and ') || 'true'}`,
    bind,
  );
  return counted?.count ?? 0;
}
