import { type Transaction, UniqueConstraintError } from 'sequelize';
import type { StaffRole } from '../accounts/account.ts';
import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, row } from '../database.ts';
import { Conflict } from '../errors.ts';
import { queueMail } from '../mail/messages.ts';
import { newReference } from '../web/reference.ts';
import { date } from '../web/view.ts';
import {
  type DeclineReason,
  type Delivery,
  Invitation,
  invitationById,
  openInvitationFor,
} from './invitation.ts';
import { issueLink } from './link.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export type NewInvitation = Readonly<{
  /** In its one spelling, see `normaliseAddress`. */
  email: string;
  message: string | null;
  validityDays: number;
  staffRole: StaffRole | null;
  delivery: Delivery;
  /** Make it although the address has an open invitation (which is revoked) or asked for no more mail. */
  replace: boolean;
}>;

export type Issued = Readonly<{ invitation: Invitation; linkId: string; delivery: Delivery }>;

/** The address has an open invitation, or its owner asked not to be written to; can be overridden. */
export class AlreadyInvited extends Conflict {
  readonly earlier: Invitation;

  constructor(earlier: Invitation, message: string) {
    super(message);
    this.earlier = earlier;
  }
}

/**
 * Invites an address: the invitation, its link, the mail's job and the audit commit together.
 * @throws AlreadyInvited unless `replace`
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
  const earlier = await openInvitationFor(given.email, transaction);
  if (!given.replace) await refuseSecond(given.email, earlier, transaction);
  if (earlier) await closeAsRevoked(earlier, 'Replaced by a newer invitation', actor, transaction);
  const invitation = await Invitation.create(
    {
      reference: newReference(),
      email: given.email,
      message: given.message,
      staffRole: given.staffRole,
      validityDays: given.validityDays,
      createdAt: new Date(),
      expiresAt: new Date(Date.now() + given.validityDays * DAY_MS),
      invitedBy: actor.kind === 'account' ? actor.accountId : null,
    },
    { transaction },
  );
  if (earlier) await earlier.update({ replacedBy: invitation.id }, { transaction });
  const detail = { delivery: given.delivery, validityDays: given.validityDays, staffRole: given.staffRole };
  await note('invitation.created', invitation, actor, transaction, detail);
  const linkId = await send(invitation, given.delivery, transaction);
  return { invitation, linkId, delivery: given.delivery };
}

/**
 * Sends a pending or expired invitation again: a new link, the older ones retired, the expiry renewed.
 * @throws Conflict when it is accepted, revoked or declined
 */
export function resend(invitationId: string, delivery: Delivery, actor: Actor): Promise<Issued> {
  return inTransaction((transaction) => resendInside(invitationId, delivery, actor, transaction));
}

/** `resend` as part of a larger transaction. */
export async function resendInside(
  invitationId: string,
  delivery: Delivery,
  actor: Actor,
  transaction: Transaction,
): Promise<Issued> {
  const invitation = await invitationById(invitationId, transaction);
  if (!invitation.open) throw new Conflict(`It can’t be sent again: ${whyClosed(invitation)}`);
  await invitation.update(
    { expiresAt: new Date(Date.now() + invitation.validityDays * DAY_MS) },
    { transaction },
  );
  const linkId = await send(invitation, delivery, transaction);
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

async function send(invitation: Invitation, delivery: Delivery, transaction: Transaction): Promise<string> {
  const linkId = await issueLink(invitation.id, delivery, transaction);
  if (delivery === 'mail') {
    const { id: invitationId, email: to, reference } = invitation;
    await queueMail({ template: 'invitation', to, subjectId: linkId, invitationId, reference }, transaction);
  }
  return linkId;
}

async function refuseSecond(
  email: string,
  earlier: Invitation | null,
  transaction: Transaction,
): Promise<void> {
  if (earlier) {
    const state = earlier.status === 'expired' ? 'has expired' : 'is still open';
    throw new AlreadyInvited(
      earlier,
      `An invitation of ${date(earlier.createdAt)} for this address ${state}.`,
    );
  }
  const declined = await row<{ id: string; reason: DeclineReason; at: Date }>(
    `select id, declined_reason as reason, declined_at as at from invitations
     where email = $1 and declined_reason in ('stop', 'deceased') order by declined_at desc limit 1`,
    [email],
    transaction,
  );
  if (!declined) return;
  const wish = declined.reason === 'stop' ? 'asked us to stop writing' : 'was reported to have died';
  const message = `The person at this address ${wish} on ${date(declined.at)}.`;
  throw new AlreadyInvited(await invitationById(declined.id, transaction), message);
}

function whyClosed(invitation: Invitation): string {
  if (invitation.acceptedAt) return `it was accepted on ${date(invitation.acceptedAt)}.`;
  if (invitation.revokedAt) return `it was revoked on ${date(invitation.revokedAt)}.`;
  return invitation.declinedAt ? `it was declined on ${date(invitation.declinedAt)}.` : 'it is closed.';
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
