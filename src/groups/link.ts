import { randomUUID } from 'node:crypto';
import { type Attributes, Op, type WhereOptions } from 'sequelize';
import { type Actor, accountIdOf, recordEvent } from '../platform/audit/audit.ts';
import { config } from '../platform/config/config.ts';
import { hashToken, signLinkToken } from '../platform/crypto/signed-links.ts';
import { inTransaction, NOW, queryRow } from '../platform/db/database.ts';
import { Conflict, Forbidden, NotFound } from '../platform/errors.ts';
import { isId } from '../platform/text/text.ts';
import { type GroupRole, lockGroup } from './group.ts';
import { Membership } from './membership.ts';
import { canAssignRole, canManage, canRespondToLeak, getActorRights, lockGroupToInvite } from './rights.ts';

/** How long a one-time link can be valid, in hours. */
export const linkValidityHours = { min: 1, default: 24, max: 30 * 24 } as const;

export type NewGroupLink = Readonly<{ role: GroupRole; hours: number }>;

/** A link that was just made. Its address is derived by `groupLinkUrl`, and kept nowhere. */
export type CreatedGroupLink = Readonly<{
  linkId: string;
  groupId: string;
  role: GroupRole;
  expiresAt: Date;
}>;

/**
 * Makes a link by which one person can join: a membership that waits for its person, with the link's hash and expiry.
 * @throws NotFound, Conflict when the group is archived, Forbidden unless `actor` runs the group and may give the role
 */
export function generateGroupLink(
  groupId: string,
  { role, hours }: NewGroupLink,
  actor: Actor,
): Promise<CreatedGroupLink> {
  return inTransaction(async () => {
    await lockGroupToInvite(groupId, role, actor);
    if (actor.kind !== 'account') throw new Forbidden('A link is made by somebody with an account.');
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

/** What the holder of a link opens. Secret: shown once, to whoever made it. */
export function groupLinkUrl({ linkId, groupId }: Pick<CreatedGroupLink, 'linkId' | 'groupId'>): string {
  return `${config.baseUrl}/groups/${groupId}/join?token=${signLinkToken('group', linkId)}`;
}

/**
 * Takes an open link back. `membershipId` names the row that waits.
 * @throws NotFound, Forbidden unless it is one's own or of a role that one may give, Conflict when it was used or revoked
 */
export function revokeGroupLink(groupId: string, membershipId: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    await lockGroup(groupId, 'change');
    const where = { id: membershipId, groupId, linkId: { [Op.ne]: null } };
    const link = isId(membershipId) ? await Membership.findOne({ where, lock: true }) : null;
    if (!link) throw new NotFound('There is no such link.');
    const rights = await getActorRights(groupId, actor);
    const isOwn = actor.kind === 'account' && actor.accountId === link.invitedBy;
    if (!canManage(rights) || !(isOwn || canAssignRole(rights, link.role)))
      throw new Forbidden('This link is an owner’s to revoke.');
    if (!link.tokenHash) throw new Conflict('This link was used or revoked already.');
    await revokeLinks({ id: membershipId }, actor);
    await recordLinkEvent('group.link-revoked', groupId, { membershipId }, actor);
  });
}

/**
 * Stops all open links of a group at once, or those that one account made: the first answer to a leak.
 * @returns how many there were
 * @throws NotFound, Forbidden unless `actor` is an owner or an administrator, or stops only their own
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
    if (!isOwn && !canRespondToLeak(rights)) throw new Forbidden('Only an owner stops the links of others.');
    const isForCreator = creatorId !== null && isId(creatorId);
    const revoked = await revokeLinks({ groupId, ...(isForCreator ? { invitedBy: creatorId } : {}) }, actor);
    const detail = { creatorId, membershipIds: revoked };
    await recordLinkEvent('group.links-revoked', groupId, detail, actor);
    return revoked.length;
  });
}

// Hash and link end together.
async function revokeLinks(which: WhereOptions<Attributes<Membership>>, actor: Actor): Promise<string[]> {
  const revokedBy = accountIdOf(actor);
  const [, revoked] = await Membership.update(
    { revokedAt: NOW, revokedBy, tokenHash: null },
    { where: { ...which, tokenHash: { [Op.ne]: null } }, returning: ['id'] },
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
