import { type Transaction, UniqueConstraintError } from 'sequelize';
import type { StaffRole } from '../accounts/account.ts';
import { type Actor, record } from '../audit/audit.ts';
import { inTransaction } from '../database.ts';
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
    return await inTransaction((transaction) => inviteInside(given, actor, transaction));
  } catch (error) {
    if (!(error instanceof UniqueConstraintError)) throw error;
    const winner = await openInvitationFor(given.email);
    if (winner) throw new AlreadyInvited(winner, 'Somebody invited this address a moment ago.');
    throw error;
  }
}

/** `invite` as part of a larger transaction, which fails when somebody else invites the address at the same moment. */
export async function inviteInside(
  given: NewInvitation,
  actor: Actor,
  transaction: Transaction,
): Promise<Issued> {
  const { group = null } = given;
  if (group) await requireToInvite(group.id, group.role, actor, transaction).catch(refuseGroup);
  const earlier = await openInvitationFor(given.email, transaction);
  if (!given.replace) await refuseSecond(given.email, earlier, transaction);
  if (earlier) await closeAsRevoked(earlier, 'Replaced by a newer invitation', actor, transaction);
  const invitedBy = actor.kind === 'account' ? actor.accountId : null;
  const invitation = await Invitation.create(
    {
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
    },
    { transaction },
  );
  if (earlier) await earlier.update({ replacedBy: invitation.id }, { transaction });
  const { delivery, validityDays, staffRole } = given;
  const place = group && { groupId: group.id, groupRole: group.role };
  const detail = { delivery, validityDays, staffRole, ...place };
  await note('invitation.created', invitation, actor, transaction, detail);
  if (given.watched) await startWatch(invitation.id, transaction);
  const linkId = await sendLink(invitation, delivery, transaction);
  return { invitation, linkId, delivery };
}

/**
 * Sends a pending or expired invitation again: a new link, the older ones superseded, the expiry renewed.
 * @throws Conflict when it is accepted, revoked or declined
 */
export function resend(invitationId: string, delivery: Delivery, actor: Actor): Promise<Issued> {
  return inTransaction((transaction) => resendInside(invitationId, delivery, actor, transaction));
}

/** `resend` as part of a larger transaction. What a visitor `requested` leaves earlier links good until it is opened. */
export async function resendInside(
  invitationId: string,
  delivery: Delivery,
  actor: Actor,
  transaction: Transaction,
  { requested = false } = {},
): Promise<Issued> {
  const invitation = await invitationById(invitationId, transaction);
  if (!invitation.open) throw new Conflict(`It can’t be sent again: ${whyClosed(invitation)}`);
  await invitation.update({ expiresAt: renewedExpiry(invitation) }, { transaction });
  const linkId = await sendLink(invitation, delivery, transaction, { requested });
  await note('invitation.resent', invitation, actor, transaction, { delivery });
  return { invitation, linkId, delivery };
}

/** Takes an open invitation back. @throws Conflict when it is accepted, revoked or declined */
export function revoke(invitationId: string, reason: string | null, actor: Actor): Promise<Invitation> {
  return inTransaction((transaction) => revokeInside(invitationId, reason, actor, transaction));
}

/** `revoke` as part of a larger transaction. */
export async function revokeInside(
  invitationId: string,
  reason: string | null,
  actor: Actor,
  transaction: Transaction,
): Promise<Invitation> {
  const invitation = await invitationById(invitationId, transaction);
  if (!invitation.open) throw new Conflict(`It can’t be revoked: ${whyClosed(invitation)}`);
  return closeAsRevoked(invitation, reason, actor, transaction);
}

async function closeAsRevoked(
  invitation: Invitation,
  reason: string | null,
  actor: Actor,
  transaction: Transaction,
): Promise<Invitation> {
  const revokedBy = actor.kind === 'account' ? actor.accountId : null;
  await invitation.update({ revokedAt: new Date(), revokedBy, revokedReason: reason }, { transaction });
  await note('invitation.revoked', invitation, actor, transaction, { reason });
  return invitation;
}

/** Makes the new link, which supersedes the older ones, and mails it or leaves it to be handed on. @returns its id */
export async function sendLink(
  invitation: Invitation,
  delivery: Delivery,
  transaction: Transaction,
  { requested = false } = {},
): Promise<string> {
  const linkId = await issueLink(invitation.id, delivery, requested, transaction);
  if (delivery === 'mail') {
    const { id: invitationId, email: to, reference } = invitation;
    await queueMail({ template: 'invitation', to, subjectId: linkId, invitationId, reference }, transaction);
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
  transaction: Transaction,
  detail: Record<string, unknown>,
): Promise<void> {
  return record(actor, { action, subject: 'invitation', subjectId: invitation.id, detail }, transaction);
}
