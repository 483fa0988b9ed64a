import { type Actor, record } from '../audit/audit.ts';
import { inTransaction } from '../database.ts';
import { Conflict, Invalid, NotFound } from '../errors.ts';
import { isSameMailbox } from '../mail/mailbox.ts';
import { queueMail } from '../mail/messages.ts';
import { newReference } from '../web/reference.ts';
import {
  type GuardianHold,
  guardianById,
  guardiansOf,
  lockProfile,
  nameGuardian,
  wardOf,
} from './guardian.ts';
import { judgeGuardianAddress } from './guardian-address.ts';
import { minorsAddress } from './standing.ts';

type Named = Readonly<{ name: string; email: string }>;

/**
 * Adds a second guardian beside the one of this link, who gets a link of their own. When staff do it, the address is
 * theirs to answer for.
 * @returns why staff look at the address first; null when the mail is on its way
 * @throws NotFound, Conflict when there is a second one, Invalid for a wrong address
 */
export function addSecondGuardian(
  guardianId: string,
  named: Named,
  by: 'guardian' | 'staff',
  actor: Actor,
): Promise<GuardianHold | null> {
  return inTransaction(async () => {
    const guardian = await guardianById(guardianId);
    if (guardian) await lockProfile(guardian.profileId);
    const ward = guardian && (await wardOf(guardian));
    if (!guardian || !ward) throw new NotFound('This request is no longer there.');
    const current = await guardiansOf(ward.profileId);
    if (!current.some(({ id }) => id === guardianId))
      throw new Conflict('Somebody else has been asked since.');
    if (current.length > 1) throw new Conflict(`${ward.firstName} has two guardians here already.`);
    if (current.some(({ email }) => isSameMailbox(email, named.email)))
      throw new Invalid({ guardianEmail: 'This is the first guardian’s address. Two guardians need two' });
    const judged = await judgeGuardianAddress(named.email, await minorsAddress(ward), 'others');
    const hold = by === 'staff' ? null : judged;
    const id = await nameGuardian(ward.profileId, { ...named, hold, isSecond: true });
    const { accountId, profileId } = ward;
    if (hold === null) {
      const mail = { template: 'second-guardian', to: named.email, subjectId: id, accountId };
      await queueMail({ ...mail, reference: newReference() });
    }
    const action = hold === null ? 'guardian.second-asked' : 'guardian.held-for-review';
    const detail = { guardianId: id, by, reason: hold };
    await record(actor, { action, subject: 'profile', subjectId: profileId, detail });
    return hold;
  });
}
