import { recordsForAddress } from '../alumni/record.ts';
import { type Actor, accountIn, record } from '../audit/audit.ts';
import { inTransaction, NOW } from '../database.ts';
import { Conflict } from '../errors.ts';
import { InvitationRequest } from '../invitations/invitation-request.ts';
import { holdOpenRequest } from '../invitations/request-answer.ts';
import { suppress } from '../mail/suppressions.ts';
import { markDeceased } from './farewell.ts';

/**
 * Confirms that somebody has died: these records at the address are marked as deceased, and nothing is written to it any
 * more, unless somebody else on file has it too. @throws NotFound; Conflict when the request is answered, is another one, or its records aren't those
 */
export function confirmDeath(
  requestId: string,
  recordIds: readonly string[],
  actor: Actor,
): Promise<{ email: string; isShared: boolean }> {
  return inTransaction(async () => {
    const request = await holdOpenRequest(requestId);
    if (request.kind !== 'deceased') throw new Conflict('This request asks for a new link.');
    const atAddress = new Set((await recordsForAddress(request.email)).map(({ id }) => id));
    if (recordIds.length === 0 && atAddress.size > 0) throw new Conflict('Tick the people who have died.');
    if (recordIds.some((id) => !atAddress.has(id)))
      throw new Conflict('The directory has changed. Please look at the request again.');
    for (const id of recordIds) await markDeceased(id, { revoke: true }, actor);
    const isShared = (await recordsForAddress(request.email)).length > 0;
    if (!isShared) {
      const because = 'Reported by the invited address';
      await suppress([{ email: request.email, kind: 'deceased', because }], actor);
    }
    const answeredBy = accountIn(actor);
    const answered = { answeredAt: NOW, answer: 'confirmed', answeredBy } as const;
    await InvitationRequest.update(answered, { where: { id: requestId } });
    await record(actor, {
      action: 'invitation-request.confirmed',
      subject: 'invitation-request',
      subjectId: requestId,
      detail: { recordIds },
    });
    return { email: request.email, isShared };
  });
}
