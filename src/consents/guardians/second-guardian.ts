import { type Actor, recordEvent } from '../../platform/audit/audit.ts';
import { inTransaction } from '../../platform/db/database.ts';
import { Conflict, InvalidInput, NotFound } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { queueMail } from '../../platform/mail/messages.ts';
import { isSameMailbox } from '../../platform/text/mailbox.ts';
import { newReference } from '../../platform/text/support-reference.ts';
import { findMinorsAddress } from '../profile-access.ts';
import { checkGuardianAddress } from './address-check.ts';
import {
  findGuardian,
  findProfileAccess,
  type GuardianHoldReason,
  listCurrentGuardians,
  lockProfile,
  nameGuardian,
} from './guardian.ts';

type GuardianContact = Readonly<{ name: string; email: string }>;

/**
 * Adds a second guardian and mails them their own link. An address that staff enter is never held for review.
 * @param guardianId the first guardian
 * @returns why the address is held for review; null if the mail was queued
 * @throws NotFound, Conflict if there are two guardians already, InvalidInput for an unsuitable address
 */
export function addSecondGuardian(
  guardianId: string,
  named: GuardianContact,
  addedBy: 'guardian' | 'staff',
  actor: Actor,
): Promise<GuardianHoldReason | null> {
  return inTransaction(async () => {
    const guardian = await findGuardian(guardianId);
    if (guardian) await lockProfile(guardian.profileId);
    const profile = guardian && (await findProfileAccess(guardian));
    if (!guardian || !profile) throw new NotFound(t('consents:errors.requestGone'));
    const current = await listCurrentGuardians(profile.profileId);
    if (!current.some(({ id }) => id === guardianId)) throw new Conflict(t('consents:errors.superseded'));
    if (current.length > 1)
      throw new Conflict(t('consents:errors.twoGuardians', { firstName: profile.firstName }));
    if (current.some(({ email }) => isSameMailbox(email, named.email)))
      throw new InvalidInput({
        guardianEmail: t('consents:address.firstGuardians'),
      });
    const addressHold = await checkGuardianAddress(named.email, await findMinorsAddress(profile), 'others');
    const hold = addedBy === 'staff' ? null : addressHold;
    const id = await nameGuardian(profile.profileId, { ...named, hold, isSecond: true });
    const { accountId, profileId } = profile;
    if (hold === null) {
      const mail = { template: 'second-guardian', to: named.email, subjectId: id, accountId };
      await queueMail({ ...mail, reference: newReference() });
    }
    const action = hold === null ? 'guardian.second-consent-requested' : 'guardian.held-for-review';
    const detail = { guardianId: id, by: addedBy, reason: hold };
    await recordEvent(actor, { action, subject: 'profile', subjectId: profileId, detail });
    return hold;
  });
}
