import type { Attributes } from 'sequelize';
import { type Actor, recordEvents } from '../platform/audit/audit.ts';
import { Conflict, InvalidInput, NotFound } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import type { EligibilityReason } from './eligibility/eligibility.ts';
import { describeReason } from './eligibility/explain.ts';
import { Invitation } from './invitation.ts';
import { statusOf } from './status.ts';
import { MAX_VALIDITY_DAYS } from './validity.ts';

/** An invitation whose row is locked until the transaction ends. */
export type LockedInvitation = Attributes<Invitation>;

/** How often support may resend an invitation within 24 hours. */
export const MAX_RESENDS_PER_DAY = 3;

/** Bulk resends skip invitations mailed within this time, in case two people press the button, or one presses it twice. */
export const MIN_MINUTES_BETWEEN_RESENDS = 10;

/** Why an operation skipped an invitation. */
export type SkipReason =
  | 'accepted'
  | 'revoked'
  | 'declined'
  | 'blocked'
  | 'recently-sent'
  | 'resend-limit'
  | 'max-validity'
  | 'superseded'
  | 'not-found';

export type SkippedInvitation = Readonly<{
  id: string;
  skipReason: SkipReason;
  invitation?: LockedInvitation;
  reasons?: readonly EligibilityReason[];
}>;

/** The result of an operation on several invitations. */
export type OperationResult<Done> = Readonly<{ done: Done[]; skipped: SkippedInvitation[] }>;

/**
 * Locks invitations in order of their ids, so that concurrent operations wait for each other instead of deadlocking.
 * @returns the open ones, and why the others are skipped
 */
export async function lockOpenInvitations(
  ids: readonly string[],
): Promise<OperationResult<LockedInvitation>> {
  const found = await Invitation.findAll({
    where: { id: [...ids] },
    order: [['id', 'ASC']],
    lock: true,
  });
  const byId = new Map(found.map((invitation) => [invitation.id, invitation.get()]));
  const done: LockedInvitation[] = [];
  const skipped: SkippedInvitation[] = [];
  for (const id of new Set(ids)) {
    const invitation = byId.get(id);
    const skipReason = invitation ? notOpenReason(invitation) : 'not-found';
    if (skipReason) skipped.push({ id, skipReason, ...(invitation && { invitation }) });
    else if (invitation) done.push(invitation);
  }
  return { done, skipped };
}

function notOpenReason(invitation: LockedInvitation): 'accepted' | 'revoked' | 'declined' | null {
  const status = statusOf(invitation);
  return status === 'pending' || status === 'expired' ? null : status;
}

/** The result for a single invitation. @throws NotFound; InvalidInput or Conflict if it was skipped */
export function getSingleResult<Done>({ done: [result], skipped: [skipped] }: OperationResult<Done>): Done {
  if (result !== undefined) return result;
  if (!skipped || skipped.skipReason === 'not-found') throw new NotFound(t('invitations:errors.notFound'));
  if (skipped.skipReason === 'max-validity')
    throw new InvalidInput({ days: t('invitations:errors.maxValidity', { count: MAX_VALIDITY_DAYS }) });
  throw new Conflict(describeSkippedInvitation(skipped));
}

function describeSkippedInvitation({ skipReason, invitation, reasons = [] }: SkippedInvitation): string {
  if (skipReason === 'blocked') return reasons.map(describeReason).join(' ');
  if (skipReason === 'accepted' && invitation?.acceptedAt)
    return t('invitations:errors.accepted', { at: invitation.acceptedAt });
  if (skipReason === 'revoked' && invitation?.revokedAt)
    return t('invitations:errors.revoked', { at: invitation.revokedAt });
  if (skipReason === 'declined' && invitation?.declinedAt)
    return t('invitations:errors.declined', { at: invitation.declinedAt });
  if (skipReason === 'recently-sent') return t('invitations:errors.recentlySent');
  if (skipReason === 'resend-limit')
    return t('invitations:errors.resendLimit', { count: MAX_RESENDS_PER_DAY });
  return t('invitations:errors.superseded');
}

/** Records an audit event for each invitation. */
export function recordInvitationEvents<Done extends Readonly<{ id: string }>>(
  verb: 'created' | 'resent' | 'revoked' | 'extended' | 'address-corrected',
  list: readonly Done[],
  toDetail: (done: Done) => Readonly<Record<string, unknown>>,
  actor: Actor,
): Promise<void> {
  const subjects = list.map((done) => ({ subjectId: done.id, detail: toDetail(done) }));
  return recordEvents(actor, { action: `invitation.${verb}`, subject: 'invitation' }, subjects);
}
