import type { Cursor } from '../cursor.ts';
import { type KeysetPage, keysetPage } from '../keyset.ts';
import { GROUP_COLUMNS, type Group, type GroupRole } from './group.ts';

export type VisibleGroup = Group & Readonly<{ role: GroupRole | null }>;

/** One page of the open groups, by name, with one's own role: all of them for staff, else those one is in. */
export function visibleGroups(
  accountId: string,
  isStaff: boolean,
  cursor: Cursor | null,
  size: number,
): Promise<KeysetPage<VisibleGroup>> {
  return keysetPage<VisibleGroup>({
    select: `${GROUP_COLUMNS}, m.role`,
    from: `groups g left join memberships m on m.group_id = g.id and m.account_id = $1
      and m.joined_at is not null and m.removed_at is null`,
    where: ['g.archived_at is null', isStaff ? 'true' : 'm.id is not null'],
    bind: [accountId],
    order: [
      { sql: 'lower(g.name)', type: 'text' },
      { sql: 'g.id', type: 'bigint' },
    ],
    descending: false,
    cursor,
    size,
  });
}
