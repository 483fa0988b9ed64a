import { Op } from 'sequelize';
import { deleteAccount } from '../accounts/deletion.ts';
import { Profile } from '../alumni/profile.ts';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { inTransaction, NOW } from '../platform/db/database.ts';
import { Conflict, NotFound } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { queueMail } from '../platform/mail/messages.ts';
import { newReference } from '../platform/text/support-reference.ts';
import { withdrawConsentIfGranted } from './decisions.ts';
import { findGuardian, findProfileAccess, Guardian, lockProfile } from './guardians/guardian.ts';
import type { ProfileAccess } from './profile-access.ts';

/** Ends access and asks staff to erase the minor's data. Idempotent. @throws NotFound, Conflict */
export function requestErasure(guardianId: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    await withdrawConsentIfGranted(guardianId, actor);
    const where = { id: guardianId, erasureRequestedAt: null };
    const [, requested] = await Guardian.update({ erasureRequestedAt: NOW }, { where, returning: true });
    for (const { profileId: subjectId } of requested) {
      const event = { action: 'guardian.erasure-requested', subject: 'profile', subjectId } as const;
      await recordEvent(actor, { ...event, detail: { guardianId } });
    }
  });
}

/**
 * Carries out a guardian's request: deletes the minor's account with everything about its address or, if a parent's account
 * claims the child, the claim. The alumni record stays, and so do the consents, as proof.
 * @throws NotFound, Conflict if there is no such request
 */
export function eraseForGuardian(
  guardianId: string,
  actor: Actor,
): Promise<Readonly<{ guardian: Guardian; profile: ProfileAccess }>> {
  return inTransaction(async () => {
    const found = await findGuardian(guardianId);
    if (found) await lockProfile(found.profileId);
    const guardian = await findGuardian(guardianId);
    const profile = guardian && (await findProfileAccess(guardian));
    if (!guardian || !profile) throw new NotFound(t('consents:errors.noGuardian'));
    if (guardian.erasureRequestedAt === null) throw new Conflict(t('consents:errors.erasureClosed'));
    const event = {
      action: 'guardian.erasure-completed',
      subject: 'profile',
      subjectId: profile.profileId,
    } as const;
    await recordEvent(actor, { ...event, detail: { guardianId } });
    if (profile.relationship === 'self')
      await deleteAccount(profile.accountId, actor, 'requested by a guardian');
    else await Profile.destroy({ where: { id: profile.profileId } });
    const mail = { template: 'data-erased', to: guardian.email, subjectId: guardianId };
    await queueMail({ ...mail, reference: newReference() });
    return { guardian, profile };
  });
}

/** Closes a guardian's erasure request without erasing anything. @throws NotFound, Conflict if there is no such request */
export function dismissErasureRequest(guardianId: string, reason: string, actor: Actor): Promise<Guardian> {
  return inTransaction(async () => {
    const guardian = await findGuardian(guardianId);
    if (!guardian) throw new NotFound(t('consents:errors.noGuardian'));
    const where = { id: guardianId, erasureRequestedAt: { [Op.ne]: null } };
    const [dismissed] = await Guardian.update({ erasureRequestedAt: null }, { where });
    if (dismissed === 0) throw new Conflict(t('consents:errors.erasureClosed'));
    const { profileId: subjectId } = guardian;
    const event = { action: 'guardian.erasure-dismissed', subject: 'profile', subjectId } as const;
    await recordEvent(actor, { ...event, detail: { guardianId, reason } });
    return guardian;
  });
}
