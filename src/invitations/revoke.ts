import { type Actor, accountIn } from '../audit/audit.ts';
import { inTransaction, NOW } from '../database.ts';
import { type Changed, type Held, holdOpen, recordEach } from './held.ts';
import { Invitation } from './invitation.ts';

/** Revokes open invitations: their links stop working. `about` goes into the audit, such as the campaign's id. */
export function revoke(
  ids: readonly string[],
  reason: string | null,
  actor: Actor,
  about: Readonly<Record<string, unknown>> = {},
): Promise<Changed<Held>> {
  return inTransaction(async () => {
    const { done, skipped } = await holdOpen(ids);
    if (done.length > 0) {
      const revokedBy = accountIn(actor);
      const revoked = { revokedAt: NOW, revokedBy, revokedReason: reason };
      await Invitation.update(revoked, { where: { id: done.map(({ id }) => id) } });
      await recordEach('revoked', done, () => ({ reason, ...about }), actor);
    }
    return { done, skipped };
  });
}
