import { UniqueConstraintError } from 'sequelize';
import { Account, type StaffRole } from '../accounts/account.ts';
import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, NOW } from '../database.ts';
import { Conflict, Forbidden } from '../errors.ts';
import { enqueue } from '../jobs/queue.ts';
import { readSettings } from '../settings.ts';
import { dateTime } from '../web/view.ts';
import { type Acquaintance, acquaintanceWith } from './acquaintance.ts';
import { type Answer, InvitationRequest } from './invitation-request.ts';
import { invite, resend } from './invite.ts';
import { type ListedRequest, requestById } from './request-queue.ts';

/** What approving sends to an address. */
export type Plan = Readonly<{
  answer: Exclude<Answer, 'dismissed'>;
  /** Nothing that the office knows speaks for this address, or something speaks against it. */
  onlyAdmin: boolean;
}>;

/** What was sent, and where to. */
export type Approved = Readonly<{ answer: Plan['answer']; to: string }>;

/** What is right for an address by what is known of it; null where nothing can be sent: the account is suspended. */
export function planFor({ account, open, revoked, declined, matches }: Acquaintance): Plan | null {
  if (account) return account.suspendedAt ? null : { answer: 'reset', onlyAdmin: false };
  if (open) return { answer: 'resent', onlyAdmin: false };
  const speaksAgainst = revoked !== null || declined?.reason === 'deceased';
  const speaksFor = matches.length > 0 || declined !== null;
  return { answer: 'invited', onlyAdmin: speaksAgainst || !speaksFor };
}

/**
 * Approves a request: what `planFor` says goes to the address that asked, or to `corrected`, which only administrators
 * may say. However many try, one answers.
 * @throws NotFound; Conflict when it is answered, or nothing can be sent; Forbidden
 */
export async function approve(requestId: string, corrected: string | null, actor: Actor): Promise<Approved> {
  const to = corrected ?? (await requestById(requestId)).email;
  const known = await acquaintanceWith(to);
  const plan = planFor(known);
  if (!plan)
    throw new Conflict('The account with this address is suspended: an administrator can let it in again.');
  const run = async () => {
    await holdOpen(requestId);
    const role = await roleOf(actor);
    if (role !== 'admin' && (plan.onlyAdmin || corrected !== null))
      throw new Forbidden('Only an administrator can invite an address that the office doesn’t know.');
    const invitationId = await send(plan.answer, known, actor);
    const { answer } = plan;
    await InvitationRequest.update(
      {
        answeredAt: NOW,
        answer,
        answeredBy: accountIn(actor),
        sentTo: corrected,
        ...(invitationId !== null && { invitationId }),
      },
      { where: { id: requestId } },
    );
    await note('approved', requestId, { answer, isCorrected: corrected !== null, invitationId }, actor);
    return { answer, to };
  };
  return inTransaction(run).catch((error: unknown) => {
    if (!(error instanceof UniqueConstraintError)) throw error;
    throw new Conflict('Somebody invited this address a moment ago. Please look again.');
  });
}

/** Answers a request with nothing, and keeps why. @throws NotFound, Forbidden, Conflict when it is answered */
export function dismiss(requestId: string, reason: string, actor: Actor): Promise<ListedRequest> {
  return inTransaction(async () => {
    const request = await holdOpen(requestId);
    await roleOf(actor);
    await InvitationRequest.update(
      { answeredAt: NOW, answer: 'dismissed', answeredBy: accountIn(actor), dismissedReason: reason },
      { where: { id: requestId } },
    );
    await note('dismissed', requestId, { reason }, actor);
    return request;
  });
}

async function holdOpen(requestId: string): Promise<ListedRequest> {
  const request = await requestById(requestId);
  if (request.answeredAt)
    throw new Conflict(
      `This request was answered on ${dateTime(request.answeredAt)}${request.answerer ? ` by ${request.answerer}` : ''}.`,
    );
  return request;
}

/** @returns the invitation that was sent, if it was one */
async function send(
  answer: Plan['answer'],
  { email, open, declined }: Acquaintance,
  actor: Actor,
): Promise<string | null> {
  if (answer === 'reset') {
    await enqueue('mail-password-reset', { email });
    return null;
  }
  if (answer === 'resent' && open) {
    await resend(open.id, 'mail', actor);
    return open.id;
  }
  const { invitationDays: validityDays } = await readSettings();
  const usual = { message: null, staffRole: null, delivery: 'mail' } as const;
  // Whoever asked for no more mail, and now asks for a link, has changed their mind.
  const given = { ...usual, email, validityDays, replace: declined !== null };
  return (await invite(given, actor)).invitation.id;
}

async function roleOf(actor: Actor): Promise<StaffRole> {
  if (actor.kind === 'system' || actor.kind === 'command') return 'admin';
  const account = actor.kind === 'account' ? await Account.findByPk(actor.accountId) : null;
  if (!account?.staffRole || account.suspendedAt)
    throw new Forbidden('Only the office’s staff answer requests.');
  return account.staffRole;
}

function accountIn(actor: Actor): string | null {
  return actor.kind === 'account' ? actor.accountId : null;
}

function note(
  what: 'approved' | 'dismissed',
  subjectId: string,
  detail: Record<string, unknown>,
  actor: Actor,
): Promise<void> {
  return record(actor, {
    action: `invitation-request.${what}`,
    subject: 'invitation-request',
    subjectId,
    detail,
  });
}
