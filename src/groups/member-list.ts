import { columnsOf, queryRow, queryRows } from '../platform/db/database.ts';
import { Conditions, type Cursor, type Page, readPage } from '../platform/db/paging.ts';
import { searchCondition, searchTextExpression } from '../platform/db/search.ts';
import { NotFound } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { isId } from '../platform/text/text.ts';
import type { Group, GroupRole } from './group.ts';
import { Membership } from './membership.ts';
import { canAssignRole } from './rights.ts';

/** A current or former member, and how they joined: by a link, by an invitation, or added by staff. */
export type Member = Readonly<
  Pick<Membership, (typeof memberAttributes)[number]> & {
    name: string;
    /** Shown to staff only. */
    email: string;
    inviterName: string | null;
    /** When the link they joined by was created; null if they joined in another way. */
    linkCreatedAt: Date | null;
    joinedByInvitation: boolean;
    removedByName: string | null;
  }
>;

const memberAttributes = ['id', 'accountId', 'role', 'joinedAt', 'removedAt', 'removalReason'] as const;

export type OpenGroupLink = Readonly<{
  id: string;
  role: GroupRole;
  creatorId: string | null;
  creatorName: string | null;
  createdAt: Date;
  expiresAt: Date;
  /** Whether its creator may still assign the role. Otherwise nobody can redeem it. */
  isUsable: boolean;
}>;

export type JoinedGroup = Readonly<
  Pick<Group, 'id' | 'name' | 'description'> & { role: GroupRole; joinedAt: Date }
>;

const MEMBER_COLUMNS = `${columnsOf(Membership, 'm', memberAttributes)},
  a.name, a.email, i.name as inviter_name, r.name as removed_by_name,
  case when m.link_id is not null then m.created_at end as link_created_at, m.invitation_id is not null as joined_by_invitation`;
const MEMBER_TABLES = `memberships m join accounts a on a.id = m.account_id left join accounts i on i.id = m.invited_by
  left join accounts r on r.id = m.removed_by`;
/** Members see only members who have access; staff see all. */
export type Viewer = 'members' | 'staff';

const visibleTo: Readonly<Record<Viewer, string>> = { members: 'account_has_access(a.id)', staff: 'true' };
const IS_MEMBER = 'm.joined_at is not null and m.removed_at is null';

/** An account's groups that aren't archived, by name. */
export function listGroupsOfAccount(accountId: string): Promise<JoinedGroup[]> {
  return queryRows<JoinedGroup>(
    `select g.id, g.name, g.description, m.role, m.joined_at
     from memberships m join groups g on g.id = m.group_id
     where m.account_id = $1 and ${IS_MEMBER} and g.archived_at is null order by lower(g.name), g.id`,
    [accountId],
  );
}

export async function isMember(groupId: string, accountId: string): Promise<boolean> {
  return (await Membership.scope('current').count({ where: { groupId, accountId } })) > 0;
}

/** A group's owners, then its admins; at most 200. */
export function listManagers(groupId: string, viewer: Viewer): Promise<Member[]> {
  return queryRows<Member>(
    `select ${MEMBER_COLUMNS} from ${MEMBER_TABLES}
     where m.group_id = $1 and m.role <> 'member' and ${IS_MEMBER} and ${visibleTo[viewer]}
     order by m.role desc, lower(a.name), m.id limit 200`,
    [groupId],
  );
}

/** One page of the members who are neither owners nor admins, newest first. @param search part of a name, or '' */
export function listMembers(
  groupId: string,
  viewer: Viewer,
  search: string,
  cursor: Cursor | null,
): Promise<Page<Member>> {
  const conditions = new Conditions()
    .and('m.group_id = ?', groupId)
    .and(`m.role = 'member'`)
    .and(IS_MEMBER)
    .and(visibleTo[viewer]);
  if (search !== '')
    conditions.and(
      searchCondition(searchTextExpression('a.name'), search, (value) => conditions.bindValue(value)),
    );
  return readPage<Member>({
    select: MEMBER_COLUMNS,
    from: MEMBER_TABLES,
    conditions,
    order: [
      { sql: 'm.joined_at', type: 'timestamptz' },
      { sql: 'm.id', type: 'bigint' },
    ],
    descending: true,
    cursor,
  });
}

/** Gets a current or former member. @throws NotFound */
export async function getMember(groupId: string, viewer: Viewer, membershipId: string): Promise<Member> {
  const member = isId(membershipId)
    ? await queryRow<Member>(
        `select ${MEMBER_COLUMNS} from ${MEMBER_TABLES} where m.id = $2 and m.group_id = $1 and m.joined_at is not null and ${visibleTo[viewer]}`,
        [groupId, membershipId],
      )
    : null;
  if (!member) throw new NotFound(t('groups:errors.noMember'));
  return member;
}

/** A group's open links, newest first, at most 500. Without their URLs, which aren't stored. */
export async function listOpenGroupLinks(groupId: string): Promise<OpenGroupLink[]> {
  const links = await queryRows<OpenGroupLink & { creatorRole: GroupRole | null; creatorIsAdmin: boolean }>(
    `select m.id, m.role, m.invited_by as creator_id, a.name as creator_name, m.created_at,
       m.expires_at, creator.role as creator_role,
       coalesce(a.staff_role = 'admin' and a.suspended_at is null, false) as creator_is_admin
     from memberships m left join accounts a on a.id = m.invited_by
     left join memberships creator on creator.group_id = m.group_id and creator.account_id = a.id
       and creator.joined_at is not null and creator.removed_at is null and account_has_access(a.id)
     where m.group_id = $1 and m.token_hash is not null and m.expires_at > now()
     order by m.created_at desc, m.id desc limit 500`,
    [groupId],
  );
  return links.map(({ creatorRole, creatorIsAdmin, ...link }) => ({
    ...link,
    isUsable: canAssignRole({ role: creatorRole, isAdmin: creatorIsAdmin }, link.role),
  }));
}

/** One page of current and former members who joined by a link, newest link first. */
export function listMembersJoinedByLink(
  groupId: string,
  viewer: Viewer,
  cursor: Cursor | null,
): Promise<Page<Member>> {
  return readPage<Member>({
    select: MEMBER_COLUMNS,
    from: MEMBER_TABLES,
    conditions: new Conditions()
      .and('m.group_id = ? and m.link_id is not null and m.joined_at is not null', groupId)
      .and(visibleTo[viewer]),
    order: [
      { sql: 'm.created_at', type: 'timestamptz' },
      { sql: 'm.id', type: 'bigint' },
    ],
    descending: true,
    cursor,
  });
}
