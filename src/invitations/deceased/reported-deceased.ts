import { listRecordsForAddress } from '../../alumni/record.ts';
import { type Actor, accountIdOf, recordEvent } from '../../platform/audit/audit.ts';
import { inTransaction, NOW } from '../../platform/db/database.ts';
import { Conflict } from '../../platform/errors.ts';
import { officeText, t } from '../../platform/i18n/i18n.ts';
import { suppress } from '../../platform/mail/suppressions.ts';
import { InvitationRequest } from '../requests/invitation-request.ts';
import { lockOpenRequest } from '../requests/resolution.ts';
import { markDeceased } from './mark-deceased.ts';

/**
 * Confirms a report that a person has died: marks the given records at the address as deceased, and suppresses the
 * address unless a living person shares it.
 * @throws NotFound; Conflict if the request is resolved or of another kind, or if the records at the address have
 * changed
 */
export function confirmReportedDeceased(
  requestId: string,
  recordIds: readonly string[],
  actor: Actor,
): Promise<{ email: string; isShared: boolean }> {
  return inTransaction(async () => {
    const request = await lockOpenRequest(requestId);
    if (request.kind !== 'deceased') throw new Conflict(t('invitations:requests.errors.notDeathReport'));
    const atAddress = new Set((await listRecordsForAddress(request.email)).map(({ id }) => id));
    if (recordIds.length === 0 && atAddress.size > 0)
      throw new Conflict(t('invitations:requests.errors.nobodyTicked'));
    if (recordIds.some((id) => !atAddress.has(id)))
      throw new Conflict(t('invitations:requests.errors.directoryChanged'));
    for (const id of recordIds) await markDeceased(id, { revoke: true }, actor);
    const isShared = (await listRecordsForAddress(request.email)).length > 0;
    if (!isShared) {
      const reason = officeText('invitations:stored.reportedDeceased');
      await suppress([{ email: request.email, kind: 'deceased', reason }], actor);
    }
    const resolvedBy = accountIdOf(actor);
    const resolved = { resolvedAt: NOW, resolution: 'confirmed', resolvedBy } as const;
    await InvitationRequest.update(resolved, { where: { id: requestId } });
    await recordEvent(actor, {
      action: 'invitation-request.death-confirmed',
      subject: 'invitation-request',
      subjectId: requestId,
      detail: { recordIds },
    });
    return { email: request.email, isShared };
  });
}
