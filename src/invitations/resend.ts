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
  /** Asked for by somebody who proved nothing: earlier links keep working until the new one is opened. */
  requestedAnonymously?: boolean;
  /** Leaves out those that were mailed in the last so many minutes. */
  minMinutesBetween?: number;
  /** Leaves out those that were sent again so often in the last 24 hours already. */
  maxPerDay?: number;
}>;

/**
 * Sends open invitations again: each gets a new link, which supersedes the older ones, and its whole time. Addresses that
 * are blocked (see `severities`) are left out. `about` goes into the audit.
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
    const { due, skipped: alsoSkipped } = await partitionResendable(openInvitations, options);
    if (due.length === 0) return { done: [], skipped: [...skipped, ...alsoSkipped] };
    await queryRows(
      `update invitations i set expires_at = ${expiryAfterResendSql} where i.id = any($1::bigint[])`,
      [due.map(({ id }) => id)],
    );
    const links = await issueLinks(
      due.map((invitation) => ({ ...invitation, delivery, requestedAnonymously })),
    );
    await recordInvitationEvents('resent', due, () => ({ delivery, ...extraDetail }), actor);
    const done = due.map(({ id, email }, index) => ({
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
): Promise<{ due: LockedInvitation[]; skipped: SkippedInvitation[] }> {
  const mailedRecently =
    minMinutesBetween > 0 ? await findIdsMailedWithin(minMinutesBetween, open) : new Set();
  const resentTooOften = maxPerDay === undefined ? new Set() : await findResentTooOften(open, maxPerDay);
  const reasons = await checkEligibility(open);
  const due: LockedInvitation[] = [];
  const skipped: SkippedInvitation[] = [];
  for (const [index, invitation] of open.entries()) {
    // What the person has just asked for goes out even to an address that bounced: see `stoppedBy`.
    const blocked = (reasons[index] ?? []).filter(
      ({ name, severity }) => severity === 'blocked' && !(requestedAnonymously && name === 'bounced'),
    );
    const { id } = invitation;
    if (blocked.length > 0) skipped.push({ id, skipReason: 'blocked', invitation, reasons: blocked });
    else if (mailedRecently.has(id)) skipped.push({ id, skipReason: 'recently-sent', invitation });
    else if (resentTooOften.has(id)) skipped.push({ id, skipReason: 'resend-limit', invitation });
    else due.push(invitation);
  }
  return { due, skipped };
}

/** Those that were sent again so often in the last 24 hours. */
async function findResentTooOften(
  open: readonly LockedInvitation[],
  maxPerDay: number,
): Promise<Set<string>> {
  const resent = await AuditEvent.findAll({
    attributes: ['subjectId'],
    where: {
      subjectType: 'invitation',
      subjectId: open.map(({ id }) => id),
      action: 'invitation.resent',
      at: { [Op.gt]: new Date(Date.now() - DAY_MS) },
    },
  });
  const counts = new Map<string, number>();
  for (const { subjectId } of resent) counts.set(subjectId, (counts.get(subjectId) ?? 0) + 1);
  return new Set(open.map(({ id }) => id).filter((id) => (counts.get(id) ?? 0) >= maxPerDay));
}
