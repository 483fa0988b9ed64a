import { Conditions, type Cursor, countUpTo, type Page, readPage } from '../platform/db/paging.ts';
import { searchCondition, searchTextExpression } from '../platform/db/search.ts';
import type { Group } from './group.ts';

export const groupStates = ['open', 'ownerless', 'archived'] as const;
export type GroupState = (typeof groupStates)[number];

export type GroupQuery = Readonly<{ search: string; state: GroupState; cursor: Cursor | null }>;

export type ListedGroup = Readonly<
  Pick<Group, 'id' | 'name' | 'createdAt' | 'archivedAt'> & {
    memberCount: number;
    openLinkCount: number;
    /** Separated by commas; null if the group has no owner. */
    ownerNames: string | null;
  }
>;

const OWNERS = `memberships m join accounts a on a.id = m.account_id
  where m.group_id = g.id and m.role = 'owner' and m.joined_at is not null and m.removed_at is null
    and a.suspended_at is null`;

const stateConditions: Readonly<Record<GroupState, string>> = {
  open: 'g.archived_at is null',
  ownerless: `g.archived_at is null and not exists (select from ${OWNERS})`,
  archived: 'g.archived_at is not null',
};

/** One page of all groups, by name, for staff. */
export function listGroups(query: GroupQuery): Promise<Page<ListedGroup>> {
  return readPage<ListedGroup>({
    conditions: toConditions(query),
    select: `g.id, g.name, g.created_at, g.archived_at,
      (select count(*)::int from memberships m
       where m.group_id = g.id and m.joined_at is not null and m.removed_at is null) as member_count,
      (select count(*)::int from memberships m
       where m.group_id = g.id and m.token_hash is not null and m.expires_at > now()) as open_link_count,
      (select string_agg(a.name, ', ' order by m.joined_at, m.id) from ${OWNERS}) as owner_names`,
    from: 'groups g',
    order: [
      { sql: 'lower(g.name)', type: 'text' },
      { sql: 'g.id', type: 'bigint' },
    ],
    cursor: query.cursor,
  });
}

/** The number of matching groups, counted up to 10,001. */
export function countGroups(query: GroupQuery): Promise<number> {
  return countUpTo('groups g', toConditions(query));
}

export function isGroupState(text: string): text is GroupState {
  return groupStates.some((state) => state === text);
}

function toConditions({ search, state }: GroupQuery): Conditions {
  const conditions = new Conditions().and(stateConditions[state]);
  if (search !== '')
    conditions.and(
      searchCondition(searchTextExpression('g.name'), search, (value) => conditions.bindValue(value)),
    );
  return conditions;
}
