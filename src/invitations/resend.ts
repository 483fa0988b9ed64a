import { Op } from 'sequelize';
import { type Actor, AuditEvent } from '../platform/audit/audit.ts';
import { inTransaction, queryRows } from '../platform/db/database.ts';
import { checkEligibility } from './eligibility/eligibility.ts';
import type { DeliveryMethod } from './invitation.ts';
import { findIdsMailedWithin, issueLinks } from './link.ts';
import type { IssuedInvitation } from './new-invitation.ts';
import {
  type LockedInvitation,
  lockOpenInvitations,
  type OperationResult,
  recordInvitationEvents,
  type SkippedInvitation,
} from './operation.ts';
import { expiryAfterResendSql } from './validity.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export type ResendOptions = Readonly<{
  delivery: DeliveryMethod;
  /** Requested by someone who had not proven the mailbox: earlier links keep working until the new one is opened. */
  requestedAnonymously?: boolean;
  /** Skips invitations mailed within the last `minMinutesBetween` minutes. */
  minMinutesBetween?: number;
  /** Skips invitations already resent `maxPerDay` times in the last 24 hours. */
  maxPerDay?: number;
}>;

/**
 * Resends open invitations: each gets a new link, which supersedes the older ones, and its full validity period. Skips
 * blocked addresses. `extraDetail` is added to the audit events.
 */
export function resendInvitations(
  ids: readonly string[],
  options: ResendOptions,
  actor: Actor,
  extraDetail: Readonly<Record<string, unknown>> = {},
): Promise<OperationResult<IssuedInvitation>> {
  const { delivery, requestedAnonymously = false } = options;
  return inTransaction(async () => {
    const { done: openInvitations, skipped } = await lockOpenInvitations(ids);
    const { resendable, skipped: alsoSkipped } = await partitionResendable(openInvitations, options);
    if (resendable.length === 0) return { done: [], skipped: [...skipped, ...alsoSkipped] };
    await queryRows(
      `update invitations i set expires_at = ${expiryAfterResendSql} where i.id = any($1::bigint[])`,
      [resendable.map(({ id }) => id)],
    );
    const links = await issueLinks(
      resendable.map((invitation) => ({ ...invitation, delivery, requestedAnonymously })),
    );
    await recordInvitationEvents('resent', resendable, () => ({ delivery, ...extraDetail }), actor);
    const done = resendable.map(({ id, email }, index) => ({
      invitationId: id,
      email,
      linkId: links[index] ?? '',
      delivery,
    }));
    return { done, skipped: [...skipped, ...alsoSkipped] };
  });
}

async function partitionResendable(
  open: readonly LockedInvitation[],
  { minMinutesBetween = 0, maxPerDay, requestedAnonymously = false }: ResendOptions,
): Promise<{ resendable: LockedInvitation[]; skipped: SkippedInvitation[] }> {
  const mailedRecently =
    minMinutesBetween > 0 ? await findIdsMailedWithin(minMinutesBetween, open) : new Set();
  const resentTooOften = maxPerDay === undefined ? new Set() : await findResentTooOften(open, maxPerDay);
  const reasons = await checkEligibility(open);
  const resendable: LockedInvitation[] = [];
  const skipped: SkippedInvitation[] = [];
  for (const [index, invitation] of open.entries()) {
    // A mail that the person just requested goes out even to an address that bounced.
    const blocked = (reasons[index] ?? []).filter(
      ({ name, severity }) => severity === 'blocked' && !(requestedAnonymously && name === 'bounced'),
    );
    const { id } = invitation;
    if (blocked.length > 0) skipped.push({ id, skipReason: 'blocked', invitation, reasons: blocked });
    else if (mailedRecently.has(id)) skipped.push({ id, skipReason: 'recently-sent', invitation });
    else if (resentTooOften.has(id)) skipped.push({ id, skipReason: 'resend-limit', invitation });
    else resendable.push(invitation);
  }
  return { resendable, skipped };
}

/** The ids of invitations already resent `maxPerDay` times in the last 24 hours. */
async function findResentTooOften(
  open: readonly LockedInvitation[],
  maxPerDay: number,
): Promise<Set<string>> {
  const events = await AuditEvent.findAll({
    attributes: ['subjectId'],
    where: {
      subjectType: 'invitation',
      subjectId: open.map(({ id }) => id),
      action: 'invitation.resent',
      at: { [Op.gt]: new Date(Date.now() - DAY_MS) },
    },
  });
  const counts = new Map<string, number>();
  for (const { subjectId } of events) counts.set(subjectId, (counts.get(subjectId) ?? 0) + 1);
  return new Set(open.map(({ id }) => id).filter((id) => (counts.get(id) ?? 0) >= maxPerDay));
}
