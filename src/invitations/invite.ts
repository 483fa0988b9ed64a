import { UniqueConstraintError } from 'sequelize';
import type { StaffRole } from '../accounts/account.ts';
import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, isInTransaction } from '../database.ts';
import { Conflict, Invalid, NotFound } from '../errors.ts';
import type { GroupRole } from '../groups/group.ts';
import { requireToInvite } from '../groups/rights.ts';
import { queueMail } from '../mail/messages.ts';
import { newReference } from '../web/reference.ts';
import { AlreadyInvited, refuseSecond } from './already-invited.ts';
import { whyClosed } from './closed.ts';
import { renewedExpiry } from './extension.ts';
import { type Delivery, Invitation, invitationById, openInvitationFor } from './invitation.ts';
import { issueLink } from './link.ts';
import { startWatch } from './watch.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export type NewInvitation = Readonly<{
  /** In its one spelling, see `normaliseAddress`. */
  email: string;
  message: string | null;
  validityDays: number;
  staffRole: StaffRole | null;
  /** The place in a group that it gives as well. */
  group?: Readonly<{ id: string; role: GroupRole }> | null;
  delivery: Delivery;
  /** Whether the inviter wants to be told by mail when it is accepted or can't be delivered. */
  watched?: boolean;
  /** Make it although the address has an open invitation (which is revoked) or asked for no more mail. */
  replace: boolean;
}>;

export type Issued = Readonly<{ invitation: Invitation; linkId: string; delivery: Delivery }>;

/**
 * Invites an address: the invitation, its link, the mail's job and the audit commit together.
 * @throws AlreadyInvited unless `replace`; Invalid for a group that is none or archived, Forbidden where `actor` may not
 *   invite into it
 */
export async function invite(given: NewInvitation, actor: Actor): Promise<Issued> {
  try {
    return await inTransaction(() => inviteNow(given, actor));
  } catch (error) {
    // A larger transaction is lost now: whoever began it decides what follows.
    if (!(error instanceof UniqueConstraintError) || isInTransaction()) throw error;
    const winner = await openInvitationFor(given.email);
    if (winner) throw new AlreadyInvited(winner, 'Somebody invited this address a moment ago.');
    throw error;
  }
}

async function inviteNow(given: NewInvitation, actor: Actor): Promise<Issued> {
  const { group = null } = given;
  if (group) await requireToInvite(group.id, group.role, actor).catch(refuseGroup);
  const earlier = await openInvitationFor(given.email);
  if (!given.replace) await refuseSecond(given.email, earlier);
  if (earlier) await closeAsRevoked(earlier, 'Replaced by a newer invitation', actor);
  const invitedBy = actor.kind === 'account' ? actor.accountId : null;
  const invitation = await Invitation.create({
    reference: newReference(),
    email: given.email,
    message: given.message,
    staffRole: given.staffRole,
    validityDays: given.validityDays,
    createdAt: new Date(),
    expiresAt: new Date(Date.now() + given.validityDays * DAY_MS),
    invitedBy,
    groupId: group?.id ?? null,
    groupRole: group?.role ?? null,
    groupInvitedBy: group && invitedBy,
  });
  if (earlier) await earlier.update({ replacedBy: invitation.id });
  const { delivery, validityDays, staffRole } = given;
  const place = group && { groupId: group.id, groupRole: group.role };
  const detail = { delivery, validityDays, staffRole, ...place };
  await note('invitation.created', invitation, actor, detail);
  if (given.watched) await startWatch(invitation.id);
  const linkId = await sendLink(invitation, delivery);
  return { invitation, linkId, delivery };
}

/**
 * Sends a pending or expired invitation again: a new link, the older ones superseded, the expiry renewed. A link that a
 * visitor `requested` leaves the older ones good until it is opened.
 * @throws Conflict when it is accepted, revoked or declined
 */
export function resend(
  invitationId: string,
  delivery: Delivery,
  actor: Actor,
  { requested = false } = {},
): Promise<Issued> {
  return inTransaction(async () => {
    const invitation = await invitationById(invitationId);
    if (!invitation.open) throw new Conflict(`It can’t be sent again: ${whyClosed(invitation)}`);
    await invitation.update({ expiresAt: renewedExpiry(invitation) });
    const linkId = await sendLink(invitation, delivery, { requested });
    await note('invitation.resent', invitation, actor, { delivery });
    return { invitation, linkId, delivery };
  });
}

/** Takes an open invitation back. @throws Conflict when it is accepted, revoked or declined */
export function revoke(invitationId: string, reason: string | null, actor: Actor): Promise<Invitation> {
  return inTransaction(async () => {
    const invitation = await invitationById(invitationId);
    if (!invitation.open) throw new Conflict(`It can’t be revoked: ${whyClosed(invitation)}`);
    return closeAsRevoked(invitation, reason, actor);
  });
}

async function closeAsRevoked(
  invitation: Invitation,
  reason: string | null,
  actor: Actor,
): Promise<Invitation> {
  const revokedBy = actor.kind === 'account' ? actor.accountId : null;
  await invitation.update({ revokedAt: new Date(), revokedBy, revokedReason: reason });
  await note('invitation.revoked', invitation, actor, { reason });
  return invitation;
}

/** Makes the new link, which supersedes the older ones, and mails it or leaves it to be handed on. @returns its id */
export async function sendLink(
  invitation: Invitation,
  delivery: Delivery,
  { requested = false } = {},
): Promise<string> {
  const linkId = await issueLink(invitation, delivery, requested);
  if (delivery === 'mail') {
    const { id: invitationId, email: to, reference } = invitation;
    await queueMail({ template: 'invitation', to, subjectId: linkId, invitationId, reference });
  }
  return linkId;
}

function refuseGroup(error: unknown): never {
  if (error instanceof NotFound) throw new Invalid({ groupId: 'There is no such group' });
  if (error instanceof Conflict) throw new Invalid({ groupId: 'This group is archived: nobody can join it' });
  throw error;
}

function note(
  action: `invitation.${string}`,
  invitation: Invitation,
  actor: Actor,
  detail: Record<string, unknown>,
): Promise<void> {
  return record(actor, { action, subject: 'invitation', subjectId: invitation.id, detail });
}
