import { UniqueConstraintError } from 'sequelize';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { columnsOf, inTransaction, queryRow } from '../platform/db/database.ts';
import { BadRequest, Forbidden } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import type { GroupRole } from './group.ts';
import { AlreadyMember, InvalidGroupLink, UnusableGroupLink } from './link-errors.ts';
import { Membership } from './membership.ts';
import { canAssignRole, getAccountRights } from './rights.ts';

/** A one-time link in any state, with its group and creator. */
export type GroupLink = Readonly<
  Pick<Membership, (typeof linkAttributes)[number]> & {
    linkId: string;
    groupName: string;
    archivedAt: Date | null;
    creatorId: string | null;
    creatorName: string | null;
  }
>;

const linkAttributes = [
  'linkId',
  'groupId',
  'role',
  'expiresAt',
  'revokedAt',
  'joinedAt',
  'accountId',
  'removedAt',
] as const;

/** A membership that began with a one-time link. */
export type JoinedMembership = Readonly<{
  id: string;
  groupId: string;
  accountId: string;
  role: GroupRole;
  status: 'ACTIVE';
  joinedAt: Date;
}>;

/** Finds a link in any state. */
export function findGroupLink(linkId: string): Promise<GroupLink | null> {
  return queryRow<GroupLink>(
    `select ${columnsOf(Membership, 'm', linkAttributes)}, g.name as group_name, g.archived_at,
       m.invited_by as creator_id, a.name as creator_name
     from memberships m join groups g on g.id = m.group_id left join accounts a on a.id = m.invited_by
     where m.link_id = $1`,
    [linkId],
  );
}

/**
 * Gets a link that can still be redeemed, by this account if there is one.
 * @throws InvalidGroupLink, BadRequest if it belongs to another group, UnusableGroupLink, AlreadyMember, Forbidden if the
 *   account has no access
 */
export async function getUsableGroupLink(
  linkId: string,
  groupId: string,
  accountId: string | null,
): Promise<GroupLink> {
  const link = await findGroupLink(linkId);
  if (!link) throw new InvalidGroupLink();
  if (link.groupId !== groupId) throw new BadRequest(t('groups:link.otherGroup'));
  const invalidReason = findGroupLinkError(link) ?? (await findCreatorError(link));
  if (invalidReason) throw invalidReason;
  if (accountId !== null) await ensureCanJoin(groupId, accountId);
  return link;
}

/**
 * Joins a group by a one-time link. A single conditional update redeems the link, so only one of several concurrent
 * requests succeeds.
 * @throws the errors of `getUsableGroupLink`; Forbidden if nobody is signed in
 */
export async function redeemGroupLink(
  linkId: string,
  groupId: string,
  actor: Actor,
): Promise<JoinedMembership> {
  if (actor.kind !== 'account') throw new Forbidden(t('groups:link.signIn'));
  const { accountId } = actor;
  try {
    return await inTransaction(async () => {
      await queryRow(
        'select 1 from groups where id = (select group_id from memberships where link_id = $1) for share',
        [linkId],
      );
      await getUsableGroupLink(linkId, groupId, accountId);
      const joined = await activateMembership(linkId, accountId);
      if (!joined) throw await explainFailedRedemption(linkId);
      const detail = { membershipId: joined.id, accountId, role: joined.role, by: 'link' };
      const event = { action: 'membership.joined', subject: 'group', subjectId: groupId, detail } as const;
      await recordEvent(actor, event);
      return joined;
    });
  } catch (error) {
    // The person joined by another link at the same time. This one stays open.
    throw error instanceof UniqueConstraintError ? new AlreadyMember(groupId) : error;
  }
}

function activateMembership(linkId: string, accountId: string): Promise<JoinedMembership | null> {
  return queryRow<JoinedMembership>(
    `update memberships m set account_id = $2, joined_at = now(), token_hash = null, expires_at = null
     where link_id = $1 and token_hash is not null and expires_at > now()
     returning ${columnsOf(Membership, 'm', ['id', 'groupId', 'accountId', 'role', 'status', 'joinedAt'])}`,
    [linkId, accountId],
  );
}

async function explainFailedRedemption(linkId: string): Promise<Error> {
  const link = await findGroupLink(linkId);
  return (link && findGroupLinkError(link)) ?? new InvalidGroupLink();
}

function findGroupLinkError({
  archivedAt,
  groupName,
  joinedAt,
  revokedAt,
  expiresAt,
}: GroupLink): UnusableGroupLink | null {
  if (joinedAt)
    return new UnusableGroupLink(t('groups:link.usedTitle'), t('groups:link.used'), [
      { label: t('groups:link.toGroups'), url: '/groups' },
    ]);
  if (archivedAt)
    return new UnusableGroupLink(t('groups:link.closedTitle'), t('groups:link.closed', { name: groupName }));
  if (revokedAt)
    return new UnusableGroupLink(
      t('groups:link.invalidatedTitle'),
      t('groups:link.revoked', { at: revokedAt }),
    );
  if (expiresAt && expiresAt > new Date()) return null;
  const title = expiresAt
    ? t('groups:link.expiredAtTitle', { at: expiresAt })
    : t('groups:link.expiredTitle');
  return new UnusableGroupLink(title, t('groups:link.askForNew'));
}

// The creator must still be allowed to assign the role when the link is redeemed.
async function findCreatorError(link: GroupLink): Promise<UnusableGroupLink | null> {
  if (canAssignRole(await getAccountRights(link.groupId, link.creatorId), link.role)) return null;
  const { creatorName: name, groupName: group } = link;
  return new UnusableGroupLink(
    t('groups:link.invalidatedTitle'),
    name === null
      ? t('groups:link.formerCreatorCant', { group })
      : t('groups:link.creatorCant', { name, group }),
  );
}

async function ensureCanJoin(groupId: string, accountId: string): Promise<void> {
  const person = await queryRow<{ isMember: boolean; hasAccess: boolean }>(
    `select account_has_access($2) is true as has_access, exists (select from memberships
       where group_id = $1 and account_id = $2 and removed_at is null) as is_member`,
    [groupId, accountId],
  );
  if (!person?.hasAccess) throw new Forbidden(t('groups:link.noAccess'));
  if (person.isMember) throw new AlreadyMember(groupId);
}
