import { randomUUID } from 'node:crypto';
import { type Attributes, Op, type WhereOptions } from 'sequelize';
import { type Actor, accountIn, record } from '../audit/audit.ts';
import { config } from '../config.ts';
import { inTransaction, NOW, row } from '../database.ts';
import { Conflict, Forbidden, NotFound } from '../errors.ts';
import { hashOfLink, signLink } from '../links.ts';
import { isId } from '../text.ts';
import { type GroupRole, holdGroup } from './group.ts';
import { Membership } from './membership.ts';
import { mayAnswerLeak, mayGive, mayManage, requireToInvite, rightsIn } from './rights.ts';

/** How long a one-time link can be valid, in hours. */
export const linkHours = { least: 1, usual: 24, most: 30 * 24 } as const;

export type NewLink = Readonly<{ role: GroupRole; hours: number }>;

/** A link that was just made. Its address is derived by `groupLinkUrl`, and kept nowhere. */
export type MadeLink = Readonly<{ linkId: string; groupId: string; role: GroupRole; expiresAt: Date }>;

/**
 * Makes a link by which one person can join: a membership that waits for its person, with the link's hash and expiry.
 * @throws NotFound, Conflict when the group is archived, Forbidden unless `actor` runs the group and may give the role
 */
export function generateLink(groupId: string, { role, hours }: NewLink, actor: Actor): Promise<MadeLink> {
  return inTransaction(async () => {
    await requireToInvite(groupId, role, actor);
    if (actor.kind !== 'account') throw new Forbidden('A link is made by somebody with an account.');
    const linkId = randomUUID();
    const made = await row<{ id: string; expiresAt: Date }>(
      `insert into memberships (group_id, role, invited_by, link_id, token_hash, expires_at)
       values ($1, $2, $3, $4, $5, now() + $6 * interval '1 hour') returning id, expires_at`,
      [groupId, role, actor.accountId, linkId, hashOfLink(signLink('group', linkId)), hours],
    );
    if (!made) throw new Error('the link was not stored');
    const detail = { membershipId: made.id, role, hours };
    await note('group.link-made', groupId, detail, actor);
    return { linkId, groupId, role, expiresAt: made.expiresAt };
  });
}

/** What the holder of a link opens. Secret: shown once, to whoever made it. */
export function groupLinkUrl({ linkId, groupId }: Pick<MadeLink, 'linkId' | 'groupId'>): string {
  return `${config.baseUrl}/groups/${groupId}/join?token=${signLink('group', linkId)}`;
}

/**
 * Takes an open link back. `membershipId` names the row that waits.
 * @throws NotFound, Forbidden unless it is one's own or of a role that one may give, Conflict when it was used or revoked
 */
export function revokeLink(groupId: string, membershipId: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    await holdGroup(groupId, 'change');
    const where = { id: membershipId, groupId, linkId: { [Op.ne]: null } };
    const link = isId(membershipId) ? await Membership.findOne({ where, lock: true }) : null;
    if (!link) throw new NotFound('There is no such link.');
    const rights = await rightsIn(groupId, actor);
    const own = actor.kind === 'account' && actor.accountId === link.invitedBy;
    if (!mayManage(rights) || !(own || mayGive(rights, link.role)))
      throw new Forbidden('This link is an owner’s to revoke.');
    if (!link.tokenHash) throw new Conflict('This link was used or revoked already.');
    await revoke({ id: membershipId }, actor);
    await note('group.link-revoked', groupId, { membershipId }, actor);
  });
}

/**
 * Stops all open links of a group at once, or those that one account made: the first answer to a leak.
 * @returns how many there were
 * @throws NotFound, Forbidden unless `actor` is an owner or an administrator, or stops only their own
 */
export function freezeLinks(groupId: string, makerId: string | null, actor: Actor): Promise<number> {
  return inTransaction(async () => {
    await holdGroup(groupId, 'change');
    const rights = await rightsIn(groupId, actor);
    const own = actor.kind === 'account' && actor.accountId === makerId && mayManage(rights);
    if (!own && !mayAnswerLeak(rights)) throw new Forbidden('Only an owner stops the links of others.');
    const ofMaker = makerId !== null && isId(makerId);
    const frozen = await revoke({ groupId, ...(ofMaker ? { invitedBy: makerId } : {}) }, actor);
    const detail = { makerId, membershipIds: frozen };
    await note('group.links-frozen', groupId, detail, actor);
    return frozen.length;
  });
}

// Hash and link end together.
async function revoke(which: WhereOptions<Attributes<Membership>>, actor: Actor): Promise<string[]> {
  const revokedBy = accountIn(actor);
  const [, revoked] = await Membership.update(
    { revokedAt: NOW, revokedBy, tokenHash: null },
    { where: { ...which, tokenHash: { [Op.ne]: null } }, returning: ['id'] },
  );
  return revoked.map(({ id }) => id);
}

function note(
  action: `group.${string}`,
  subjectId: string,
  detail: Record<string, unknown>,
  actor: Actor,
): Promise<void> {
  return record(actor, { action, subject: 'group', subjectId, detail });
}
