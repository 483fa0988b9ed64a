import { UniqueConstraintError } from 'sequelize';
import { Account, type StaffRole } from '../accounts/account.ts';
import { type Actor, accountIn, record } from '../audit/audit.ts';
import { inTransaction, NOW } from '../database.ts';
import { Conflict, Forbidden, Invalid } from '../errors.ts';
import { enqueue } from '../jobs/queue.ts';
import { liftAll } from '../mail/suppressions.ts';
import { readSettings } from '../settings.ts';
import { dateTime } from '../web/view.ts';
import type { ReasonName } from './eligibility.ts';
import { onlyOne } from './held.ts';
import { type Answer, InvitationRequest } from './invitation-request.ts';
import { inviteOne } from './invite.ts';
import { type Lookup, lookUp, reasonNamed } from './look-up.ts';
import { NotEligible } from './not-eligible.ts';
import { type ListedRequest, requestById } from './request-queue.ts';
import { resend } from './resend.ts';

/** What approving sends to an address. */
export type Plan = Readonly<{
  answer: Extract<Answer, 'resent' | 'invited' | 'reset'>;
  /** Nothing that the office knows speaks for this address, or something speaks against it. */
  onlyAdmin: boolean;
}>;

/** What was sent, and where to. */
export type Approved = Readonly<{ answer: Plan['answer']; to: string }>;

/**
 * What is right for an address by what is known of it; null where it is blocked. That somebody unsubscribed blocks nothing
 * here: they ask us to write again.
 */
export function planFor({ reasons, records }: Lookup): Plan | null {
  const has = (name: ReasonName) => reasonNamed(reasons, name) !== undefined;
  if (reasons.some(({ name, severity }) => severity === 'blocked' && name !== 'unsubscribed')) return null;
  if (has('account')) return { answer: 'reset', onlyAdmin: false };
  if (has('open')) return { answer: 'resent', onlyAdmin: false };
  const isKnown = records.length > 0 || has('declined') || has('unsubscribed');
  const isDoubtful = ['revoked', 'age-blocked', 'inactive', 'typo'].some((name) => has(name as ReasonName));
  return { answer: 'invited', onlyAdmin: isDoubtful || !isKnown };
}

export type Approval = Readonly<{
  /** The address that the person meant, if it is another one. */
  corrected?: string | null;
  /** The warnings that staff have seen and override, as for any invitation. */
  override?: readonly ReasonName[];
}>;

/**
 * Approves a request: what `planFor` says goes to the address that asked, or to `corrected`, which only administrators
 * may say. However many try, one answers.
 * @throws NotFound; Conflict when it is answered, or nothing can be sent; NotEligible, or Invalid for a corrected address
 * with warnings; Forbidden
 */
export async function approve(
  requestId: string,
  { corrected = null, override = [] }: Approval,
  actor: Actor,
): Promise<Approved> {
  const to = corrected ?? (await requestById(requestId)).email;
  const known = await lookUp({ email: to });
  const plan = planFor(known);
  if (!plan) throw new Conflict('Nothing can be sent to this address. Lift what stops it first.');
  const run = async () => {
    const { kind } = await holdOpenRequest(requestId);
    if (kind === 'deceased')
      throw new Conflict('Confirm or dismiss what we were told about this person first.');
    const role = await roleOf(actor);
    if (role !== 'admin' && (plan.onlyAdmin || corrected !== null))
      throw new Forbidden('Only an administrator can invite an address that the office doesn’t know.');
    const invitationId = await send(plan.answer, known, override, actor);
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
    if (corrected !== null && error instanceof NotEligible)
      throw new Invalid({
        email: `${error.message} To invite this address anyway, use “Invite someone”, then dismiss this request`,
      });
    if (!(error instanceof UniqueConstraintError)) throw error;
    throw new Conflict('Somebody invited this address a moment ago. Please look again.');
  });
}

/** Answers a request with nothing, and keeps why. @throws NotFound, Forbidden, Conflict when it is answered */
export function dismiss(requestId: string, reason: string, actor: Actor): Promise<ListedRequest> {
  return inTransaction(async () => {
    const request = await holdOpenRequest(requestId);
    await roleOf(actor);
    await InvitationRequest.update(
      { answeredAt: NOW, answer: 'dismissed', answeredBy: accountIn(actor), dismissedReason: reason },
      { where: { id: requestId } },
    );
    await note('dismissed', requestId, { reason }, actor);
    return request;
  });
}

/** @throws NotFound, Conflict when it is answered */
export async function holdOpenRequest(requestId: string): Promise<ListedRequest> {
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
  { email, reasons }: Lookup,
  override: readonly ReasonName[],
  actor: Actor,
): Promise<string | null> {
  if (answer === 'reset') {
    await enqueue('mail-password-reset', { email });
    return null;
  }
  await liftAll(email, ['unsubscribed'], 'The person asked for a new link.', actor);
  const open = reasonNamed(reasons, 'open')?.invitationId;
  if (answer === 'resent' && open) {
    onlyOne(await resend([open], { delivery: 'mail' }, actor), 'sent again');
    return open;
  }
  const { invitationDays: validityDays } = await readSettings();
  const given = { email, message: null, validityDays, delivery: 'mail', override } as const;
  return (await inviteOne(given, actor)).invitationId;
}

async function roleOf(actor: Actor): Promise<StaffRole> {
  if (actor.kind === 'system' || actor.kind === 'command') return 'admin';
  const account = actor.kind === 'account' ? await Account.findByPk(actor.accountId) : null;
  if (!account?.staffRole || account.suspendedAt)
    throw new Forbidden('Only the office’s staff answer requests.');
  return account.staffRole;
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
