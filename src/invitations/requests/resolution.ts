import { UniqueConstraintError } from 'sequelize';
import { Account, type StaffRole } from '../../accounts/account.ts';
import { type Actor, accountIdOf, recordEvent } from '../../platform/audit/audit.ts';
import { inTransaction, NOW } from '../../platform/db/database.ts';
import { Conflict, Forbidden, InvalidInput } from '../../platform/errors.ts';
import { officeText, t } from '../../platform/i18n/i18n.ts';
import { enqueue } from '../../platform/jobs/queue.ts';
import { liftSuppressions } from '../../platform/mail/suppressions.ts';
import { isId } from '../../platform/text/text.ts';
import { readSettings } from '../../settings/settings.ts';
import { type AddressLookup, findReason, lookUpAddress } from '../eligibility/address-lookup.ts';
import type { ReasonName } from '../eligibility/eligibility.ts';
import { NotEligible } from '../eligibility/not-eligible.ts';
import { inviteOne } from '../invite.ts';
import { getSingleResult } from '../operation.ts';
import { resendInvitations } from '../resend.ts';
import { InvitationRequest, type RequestResolution } from './invitation-request.ts';
import { getInvitationRequest, type ListedRequest } from './list.ts';

/** What approving a request does. */
export type ApprovalPlan = Readonly<{
  resolution: Extract<RequestResolution, 'resent' | 'invited' | 'password-reset'>;
  /** The address is unknown, or something counts against it. */
  requiresAdmin: boolean;
}>;

/** What was sent, and to which address. */
export type ApprovalResult = Readonly<{ resolution: ApprovalPlan['resolution']; to: string }>;

/**
 * Decides what approving would send, given what is known about the address; null if it is blocked. An `unsubscribed`
 * suppression doesn't block, because the person asks us to write again.
 */
export function planApproval({ reasons, records }: AddressLookup): ApprovalPlan | null {
  const has = (name: ReasonName) => findReason(reasons, name) !== undefined;
  if (reasons.some(({ name, severity }) => severity === 'blocked' && name !== 'unsubscribed')) return null;
  if (has('account')) return { resolution: 'password-reset', requiresAdmin: false };
  if (has('open')) return { resolution: 'resent', requiresAdmin: false };
  const isKnown = records.length > 0 || has('declined') || has('unsubscribed');
  const isDoubtful = ['revoked', 'age-blocked', 'inactive', 'typo'].some((name) => has(name as ReasonName));
  return { resolution: 'invited', requiresAdmin: isDoubtful || !isKnown };
}

export type ApprovalInput = Readonly<{
  /** The address to send to instead, if staff corrected it. */
  correctedEmail?: string | null;
  /** The warnings that staff have seen and override. */
  override?: readonly ReasonName[];
}>;

/**
 * Approves a request: sends what `planApproval` decides, to the requester or to `correctedEmail`, which only
 * administrators may set. Of several concurrent resolutions one wins.
 * @throws NotFound; Conflict if it is already resolved or nothing can be sent; NotEligible, or InvalidInput if the
 * corrected address has warnings; Forbidden
 */
export async function approveRequest(
  requestId: string,
  { correctedEmail = null, override = [] }: ApprovalInput,
  actor: Actor,
): Promise<ApprovalResult> {
  const to = correctedEmail ?? (await getInvitationRequest(requestId)).email;
  const lookup = await lookUpAddress({ email: to });
  const plan = planApproval(lookup);
  if (!plan) throw new Conflict(t('invitations:requests.errors.blocked'));
  const run = async () => {
    const { kind } = await lockOpenRequest(requestId);
    if (kind === 'deceased') throw new Conflict(t('invitations:requests.errors.deathReportFirst'));
    if (kind !== 'new-link') throw new Conflict(t('invitations:requests.errors.notNewLink'));
    const role = await getActorStaffRole(actor);
    if (role !== 'admin' && (plan.requiresAdmin || correctedEmail !== null))
      throw new Forbidden(t('invitations:requests.errors.onlyAdmins'));
    const invitationId = await carryOutApproval(plan.resolution, lookup, override, actor);
    const { resolution } = plan;
    await InvitationRequest.update(
      {
        resolvedAt: NOW,
        resolution,
        resolvedBy: accountIdOf(actor),
        correctedEmail,
        ...(invitationId !== null && { invitationId }),
      },
      { where: { id: requestId } },
    );
    await recordRequestEvent(
      'approved',
      requestId,
      { resolution, isCorrected: correctedEmail !== null, invitationId },
      actor,
    );
    return { resolution, to };
  };
  return inTransaction(run).catch((error: unknown) => {
    if (correctedEmail !== null && error instanceof NotEligible)
      throw new InvalidInput({
        email: t('invitations:requests.errors.notEligible', { reasons: error.message }),
      });
    if (!(error instanceof UniqueConstraintError)) throw error;
    throw new Conflict(t('invitations:requests.errors.invitedJustNow'));
  });
}

/**
 * Dismisses open requests without sending anything. Skips those that were resolved in the meantime.
 * @returns the dismissed requests @throws Forbidden
 */
export function dismissRequests(
  requestIds: readonly string[],
  reason: string,
  actor: Actor,
): Promise<ListedRequest[]> {
  return inTransaction(async () => {
    await getActorStaffRole(actor);
    const where = { id: requestIds.filter(isId), resolvedAt: null };
    const open = await InvitationRequest.findAll({ attributes: ['id'], where, order: ['id'], lock: true });
    const dismissed: ListedRequest[] = [];
    for (const { id } of open) {
      dismissed.push(await getInvitationRequest(id));
      await InvitationRequest.update(
        { resolvedAt: NOW, resolution: 'dismissed', resolvedBy: accountIdOf(actor), dismissedReason: reason },
        { where: { id } },
      );
      await recordRequestEvent('dismissed', id, { reason }, actor);
    }
    return dismissed;
  });
}

/** Dismisses one request. @throws NotFound, Forbidden, Conflict if it is already resolved */
export function dismissRequest(requestId: string, reason: string, actor: Actor): Promise<ListedRequest> {
  return inTransaction(async () => {
    const request = await lockOpenRequest(requestId);
    await dismissRequests([requestId], reason, actor);
    return request;
  });
}

/** @throws NotFound, Conflict if it is already resolved */
export async function lockOpenRequest(requestId: string): Promise<ListedRequest> {
  const request = await getInvitationRequest(requestId);
  const { resolvedAt: at, resolver: name } = request;
  if (!at) return request;
  throw new Conflict(
    name === null
      ? t('invitations:requests.errors.answered', { at })
      : t('invitations:requests.errors.answeredBy', { at, name }),
  );
}

/** @returns the id of the invitation sent, if any */
async function carryOutApproval(
  resolution: ApprovalPlan['resolution'],
  { email, reasons }: AddressLookup,
  override: readonly ReasonName[],
  actor: Actor,
): Promise<string | null> {
  if (resolution === 'password-reset') {
    await enqueue('mail-password-reset', { email });
    return null;
  }
  await liftSuppressions(email, ['unsubscribed'], officeText('invitations:stored.askedForLink'), actor);
  const open = findReason(reasons, 'open')?.invitationId;
  if (resolution === 'resent' && open) {
    getSingleResult(await resendInvitations([open], { delivery: 'mail' }, actor));
    return open;
  }
  const { invitationDays: validityDays } = await readSettings();
  const invitation = { email, message: null, validityDays, delivery: 'mail', override } as const;
  return (await inviteOne(invitation, actor)).invitationId;
}

export async function getActorStaffRole(actor: Actor): Promise<StaffRole> {
  if (actor.kind === 'system' || actor.kind === 'command') return 'admin';
  const account = actor.kind === 'account' ? await Account.findByPk(actor.accountId) : null;
  if (!account?.staffRole || account.suspendedAt)
    throw new Forbidden(t('invitations:requests.errors.onlyStaff'));
  return account.staffRole;
}

export function recordRequestEvent(
  verb: 'approved' | 'dismissed',
  subjectId: string,
  detail: Record<string, unknown>,
  actor: Actor,
): Promise<void> {
  return recordEvent(actor, {
    action: `invitation-request.${verb}`,
    subject: 'invitation-request',
    subjectId,
    detail,
  });
}
