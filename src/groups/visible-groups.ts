import type { Attributes } from 'sequelize';
import { columnsOf } from '../platform/db/database.ts';
import { Conditions, type Cursor, type Page, readPage } from '../platform/db/paging.ts';
import { Group, type GroupRole } from './group.ts';

export type VisibleGroup = Attributes<Group> & Readonly<{ role: GroupRole | null }>;

/** One page of open groups, by name, with the account's role: all groups for staff, otherwise those the account is in. */
export function listVisibleGroups(
  accountId: string,
  isStaff: boolean,
  cursor: Cursor | null,
  size: number,
): Promise<Page<VisibleGroup>> {
  const conditions = new Conditions();
  const accountParam = conditions.bindValue(accountId);
  conditions.and('g.archived_at is null');
  if (!isStaff) conditions.and('m.id is not null');
  return readPage<VisibleGroup>({
    select: `${columnsOf(Group, 'g')}, m.role`,
    from: `groups g left join memberships m on m.group_id = g.id and m.account_id = ${accountParam}
      and m.joined_at is not null and m.removed_at is null`,
    conditions,
    order: [
      { sql: 'lower(g.name)', type: 'text' },
      { sql: 'g.id', type: 'bigint' },
    ],
    cursor,
    size,
  });
}
