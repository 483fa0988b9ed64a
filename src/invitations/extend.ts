import type { Actor } from '../platform/audit/audit.ts';
import { inTransaction, queryRows } from '../platform/db/database.ts';
import { findIdsWithCurrentLink } from './link.ts';
import {
  type LockedInvitation,
  lockOpenInvitations,
  type OperationResult,
  recordInvitationEvents,
  type SkippedInvitation,
} from './operation.ts';
import { findExpiriesAfterExtension } from './validity.ts';

const HOUR_MS = 60 * 60 * 1000;

/** Extends open invitations by some days; their links stay the same. `extraDetail` is added to the audit events. */
export function extendInvitations(
  ids: readonly string[],
  days: number,
  actor: Actor,
  extraDetail: Readonly<Record<string, unknown>> = {},
): Promise<OperationResult<LockedInvitation>> {
  return inTransaction(async () => {
    const { done: openInvitations, skipped } = await lockOpenInvitations(ids);
    const openIds = openInvitations.map(({ id }) => id);
    const idsWithCurrentLink = await findIdsWithCurrentLink(openIds);
    const expiries = await findExpiriesAfterExtension(openIds, days);
    const done: LockedInvitation[] = [];
    const alsoSkipped: SkippedInvitation[] = [];
    for (const invitation of openInvitations) {
      const { id } = invitation;
      const expiresAt = expiries.get(id) ?? invitation.expiresAt;
      if (!idsWithCurrentLink.has(id)) alsoSkipped.push({ id, skipReason: 'superseded', invitation });
      else if (expiresAt.getTime() - invitation.expiresAt.getTime() < HOUR_MS)
        alsoSkipped.push({ id, skipReason: 'max-validity', invitation });
      else done.push({ ...invitation, expiresAt });
    }
    await queryRows(
      `update invitations i set expires_at = input.expires_at
       from unnest($1::bigint[], $2::timestamptz[]) as input (id, expires_at) where i.id = input.id`,
      [done.map(({ id }) => id), done.map(({ expiresAt }) => expiresAt)],
    );
    await recordInvitationEvents(
      'extended',
      done,
      ({ expiresAt }) => ({ days, expiresAt, ...extraDetail }),
      actor,
    );
    return { done, skipped: [...skipped, ...alsoSkipped] };
  });
}
