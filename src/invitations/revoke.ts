import { type Actor, accountIdOf } from '../platform/audit/audit.ts';
import { inTransaction, NOW } from '../platform/db/database.ts';
import { Invitation } from './invitation.ts';
import {
  type LockedInvitation,
  lockOpenInvitations,
  type OperationResult,
  recordInvitationEvents,
} from './operation.ts';

/**
 * Revokes open invitations: their links stop working. `extraDetail`, such as the campaign's id, is added to the audit
 * events.
 */
export function revokeInvitations(
  ids: readonly string[],
  reason: string | null,
  actor: Actor,
  extraDetail: Readonly<Record<string, unknown>> = {},
): Promise<OperationResult<LockedInvitation>> {
  return inTransaction(async () => {
    const { done, skipped } = await lockOpenInvitations(ids);
    if (done.length > 0) {
      const revokedBy = accountIdOf(actor);
      const revoked = { revokedAt: NOW, revokedBy, revokedReason: reason };
      await Invitation.update(revoked, { where: { id: done.map(({ id }) => id) } });
      await recordInvitationEvents('revoked', done, () => ({ reason, ...extraDetail }), actor);
    }
    return { done, skipped };
  });
}
