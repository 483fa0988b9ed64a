import { randomUUID } from 'node:crypto';
import { type Attributes, Op, type WhereOptions } from 'sequelize';
import { type Actor, accountIdOf, recordEvent } from '../platform/audit/audit.ts';
import { config } from '../platform/config/config.ts';
import { hashToken, signLinkToken } from '../platform/crypto/signed-links.ts';
import { inTransaction, NOW, queryRow } from '../platform/db/database.ts';
import { Conflict, Forbidden, NotFound } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { isId } from '../platform/text/text.ts';
import { type GroupRole, lockGroup } from './group.ts';
import { Membership } from './membership.ts';
import { canAssignRole, canManage, canRespondToLeak, getActorRights, lockGroupToInvite } from './rights.ts';

/** How long a one-time link can be valid. */
export const linkValidityHours = { min: 1, default: 24, max: 30 * 24 } as const;

export type NewGroupLink = Readonly<{ role: GroupRole; hours: number }>;

/** A new link. `groupLinkUrl` derives its URL, which isn't stored. */
export type CreatedGroupLink = Readonly<{
  linkId: string;
  groupId: string;
  role: GroupRole;
  expiresAt: Date;
}>;

/**
 * Creates a link for one person: a pending membership with the link's hash and expiry.
 * @throws NotFound, Conflict if the group is archived, Forbidden unless the actor manages the group and may assign the role
 */
export function generateGroupLink(
  groupId: string,
  { role, hours }: NewGroupLink,
  actor: Actor,
): Promise<CreatedGroupLink> {
  return inTransaction(async () => {
    await lockGroupToInvite(groupId, role, actor);
    if (actor.kind !== 'account') throw new Forbidden(t('groups:errors.accountNeeded'));
    const linkId = randomUUID();
    const created = await queryRow<{ id: string; expiresAt: Date }>(
      `insert into memberships (group_id, role, invited_by, link_id, token_hash, expires_at)
       values ($1, $2, $3, $4, $5, now() + $6 * interval '1 hour') returning id, expires_at`,
      [groupId, role, actor.accountId, linkId, hashToken(signLinkToken('group', linkId)), hours],
    );
    if (!created) throw new Error('the link was not stored');
    const detail = { membershipId: created.id, role, hours };
    await recordLinkEvent('group.link-created', groupId, detail, actor);
    return { linkId, groupId, role, expiresAt: created.expiresAt };
  });
}

/** The secret URL of a link. It is shown once, to its creator. */
export function groupLinkUrl({ linkId, groupId }: Pick<CreatedGroupLink, 'linkId' | 'groupId'>): string {
  return `${config.baseUrl}/join-group/${groupId}?token=${signLinkToken('group', linkId)}`;
}

/**
 * Revokes an open link.
 * @param membershipId of its pending membership
 * @throws NotFound, Forbidden unless the link is the actor's own or for a role they may assign, Conflict if it was redeemed
 *   or revoked
 */
export function revokeGroupLink(groupId: string, membershipId: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    await lockGroup(groupId, 'change');
    const where = { id: membershipId, groupId, linkId: { [Op.ne]: null } };
    const link = isId(membershipId) ? await Membership.findOne({ where, lock: true }) : null;
    if (!link) throw new NotFound(t('groups:errors.noLink'));
    const rights = await getActorRights(groupId, actor);
    const isOwn = actor.kind === 'account' && actor.accountId === link.invitedBy;
    if (!canManage(rights) || !(isOwn || canAssignRole(rights, link.role)))
      throw new Forbidden(t('groups:errors.linkOfOwner'));
    if (!link.tokenHash) throw new Conflict(t('groups:errors.linkClosed'));
    await revokeLinks({ id: membershipId }, actor);
    await recordLinkEvent('group.link-revoked', groupId, { membershipId }, actor);
  });
}

/**
 * Revokes all open links of a group, or those of one creator: the first thing to do after a leak.
 * @returns how many were revoked
 * @throws NotFound, Conflict if the group is archived, Forbidden unless the actor is an owner or an administrator, or revokes
 *   their own links
 */
export function revokeAllGroupLinks(
  groupId: string,
  creatorId: string | null,
  actor: Actor,
): Promise<number> {
  return inTransaction(async () => {
    await lockGroup(groupId, 'change');
    const rights = await getActorRights(groupId, actor);
    const isOwn = actor.kind === 'account' && actor.accountId === creatorId && canManage(rights);
    if (!isOwn && !canRespondToLeak(rights)) throw new Forbidden(t('groups:errors.linksOfOthers'));
    const isForCreator = creatorId !== null && isId(creatorId);
    const revoked = await revokeLinks({ groupId, ...(isForCreator ? { invitedBy: creatorId } : {}) }, actor);
    const detail = { creatorId, membershipIds: revoked };
    await recordLinkEvent('group.links-revoked', groupId, detail, actor);
    return revoked.length;
  });
}

async function revokeLinks(where: WhereOptions<Attributes<Membership>>, actor: Actor): Promise<string[]> {
  const revokedBy = accountIdOf(actor);
  const [, revoked] = await Membership.update(
    { revokedAt: NOW, revokedBy, tokenHash: null },
    { where: { ...where, tokenHash: { [Op.ne]: null } }, returning: ['id'] },
  );
  return revoked.map(({ id }) => id);
}

function recordLinkEvent(
  action: `group.${string}`,
  subjectId: string,
  detail: Record<string, unknown>,
  actor: Actor,
): Promise<void> {
  return recordEvent(actor, { action, subject: 'group', subjectId, detail });
}
