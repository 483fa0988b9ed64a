import { type Actor, recordEvent } from '../../platform/audit/audit.ts';
import { inTransaction, NOW, queryRow } from '../../platform/db/database.ts';
import { Conflict, InvalidInput, NotFound } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { enqueue } from '../../platform/jobs/queue.ts';
import { queueMail } from '../../platform/mail/messages.ts';
import { isSameMailbox } from '../../platform/text/mailbox.ts';
import { newReference } from '../../platform/text/support-reference.ts';
import { findMinorsAddress, type ProfileAccess } from '../profile-access.ts';
import { checkGuardianAddress } from './address-check.ts';
import {
  findGuardian,
  findProfileAccess,
  Guardian,
  hasEverConsented,
  listCurrentGuardians,
  lockProfile,
  nameGuardian,
} from './guardian.ts';

const MAX_LINK_MAILS_PER_DAY = 3;
const clearedHold = { heldForReviewAt: null, heldForReviewReason: null };

type GuardianWithProfile = Readonly<{ guardian: Guardian; profile: ProfileAccess }>;

/**
 * Replaces a guardian's address, mails the link to the new one and notifies the old one that its link is no longer valid.
 * @throws NotFound, Conflict if the guardian has consented or has an account, InvalidInput for an unsuitable address
 */
export function correctGuardianAddress(
  guardianId: string,
  email: string,
  reason: string,
  actor: Actor,
): Promise<GuardianWithProfile> {
  return inTransaction(async () => {
    const { guardian, profile } = await lockGuardian(guardianId);
    if (await hasEverConsented(guardian.id)) {
      throw new Conflict(t('consents:errors.addressConfirmed', { name: guardian.name }));
    }
    if (guardian.accountId !== null)
      throw new Conflict(t('consents:errors.addressOfAccount', { name: guardian.name }));
    const others = await listCurrentGuardians(profile.profileId);
    if (others.some((other) => isSameMailbox(other.email, email)))
      throw new InvalidInput({ guardianEmail: t('consents:address.alreadyGuardians') });
    await checkGuardianAddress(email, await findMinorsAddress(profile), 'others');
    const { name, isSecond } = guardian;
    const id = await nameGuardian(profile.profileId, { name, email, isSecond, hold: null });
    const corrected = await findGuardian(id);
    if (!corrected) throw new Error('the guardian was not stored');
    await mailGuardian(isSecond ? 'second-guardian' : 'guardian-request', corrected, profile);
    if (guardian.heldForReviewAt === null) await mailGuardian('guardian-corrected', guardian, profile);
    await recordGuardianEvent(
      'address-corrected',
      profile,
      { guardianId: id, before: guardian.id, reason },
      actor,
    );
    return { guardian: corrected, profile };
  });
}

/** Mails a guardian their link again. @throws NotFound, Conflict after three mails in a day or if held for review */
export function resendGuardianLink(guardianId: string, actor: Actor): Promise<GuardianWithProfile> {
  return inTransaction(async () => {
    const locked = await lockGuardian(guardianId);
    if (locked.guardian.heldForReviewAt !== null) throw new Conflict(t('consents:errors.notReviewed'));
    await enforceDailyMailLimit(locked.guardian);
    await mailGuardian('guardian-link', locked.guardian, locked.profile);
    await recordGuardianEvent('link-resent', locked.profile, { guardianId }, actor);
    return locked;
  });
}

/** Approves an address held for review and mails the request. @throws NotFound, Conflict if it isn't held */
export function approveGuardian(guardianId: string, actor: Actor): Promise<GuardianWithProfile> {
  return inTransaction(async () => {
    const locked = await lockHeldGuardian(guardianId);
    await Guardian.update({ ...clearedHold, requestedAt: NOW }, { where: { id: guardianId } });
    const { guardian, profile } = locked;
    await mailGuardian(guardian.isSecond ? 'second-guardian' : 'guardian-request', guardian, profile);
    await recordGuardianEvent('approved', profile, { guardianId }, actor);
    return locked;
  });
}

/** Rejects an address held for review and asks the minor to name another. @throws NotFound, Conflict if it isn't held */
export function rejectGuardian(guardianId: string, actor: Actor): Promise<GuardianWithProfile> {
  return inTransaction(async () => {
    const locked = await lockHeldGuardian(guardianId);
    const { guardian, profile } = locked;
    const rejected = { ...clearedHold, rejectedAt: NOW, supersededAt: NOW };
    await Guardian.update(rejected, { where: { id: guardianId } });
    const to = await findMinorsAddress(profile);
    if (to !== null && !guardian.isSecond) {
      const { accountId } = profile;
      const notification = { template: 'guardian-rejected', to, subjectId: guardianId, accountId };
      await queueMail({ ...notification, reference: newReference() });
    }
    await recordGuardianEvent('rejected', profile, { guardianId }, actor);
    return locked;
  });
}

/** Asks for the link again. A job does the work, so that response times don't reveal whether the address is known. */
export function requestGuardianLink(email: string): Promise<void> {
  return inTransaction(() => enqueue('mail-guardian-links', { email }));
}

/** The job of `requestGuardianLink`: mails each guardian with this address their link, at most three times a day. */
export function mailGuardianLinks(email: string): Promise<void> {
  return inTransaction(async () => {
    const guardians = await Guardian.scope('contactable').findAll({
      where: { email },
      order: [['requestedAt', 'ASC']],
      limit: 10,
    });
    for (const guardian of guardians) {
      const profile = await findProfileAccess(guardian);
      if (!profile || (await countLinkMailsToday(guardian)) >= MAX_LINK_MAILS_PER_DAY) continue;
      await mailGuardian('guardian-link', guardian, profile);
    }
  });
}

async function lockGuardian(guardianId: string): Promise<GuardianWithProfile> {
  const found = await findGuardian(guardianId);
  if (found) await lockProfile(found.profileId);
  const guardian = await findGuardian(guardianId);
  const profile = guardian && (await findProfileAccess(guardian));
  if (!guardian || !profile) throw new NotFound(t('consents:errors.noGuardian'));
  if (guardian.supersededAt !== null) throw new Conflict(t('consents:errors.superseded'));
  return { guardian, profile };
}

async function lockHeldGuardian(guardianId: string): Promise<GuardianWithProfile> {
  const locked = await lockGuardian(guardianId);
  if (locked.guardian.heldForReviewAt === null) throw new Conflict(t('consents:errors.reviewed'));
  return locked;
}

async function enforceDailyMailLimit(guardian: Guardian): Promise<void> {
  if ((await countLinkMailsToday(guardian)) < MAX_LINK_MAILS_PER_DAY) return;
  throw new Conflict(t('consents:errors.linkLimit'));
}

async function countLinkMailsToday({ id, email }: Pick<Guardian, 'id' | 'email'>): Promise<number> {
  const sent = await queryRow<{ count: number }>(
    `select count(*)::int as count from messages
     where recipient = $1 and template = 'guardian-link' and subject_id = $2
       and queued_at > now() - interval '1 day'`,
    [email, id],
  );
  return sent?.count ?? 0;
}

async function mailGuardian(
  template: string,
  { id: subjectId, email: to }: Pick<Guardian, 'id' | 'email'>,
  { accountId }: ProfileAccess,
): Promise<void> {
  await queueMail({ template, to, subjectId, accountId, reference: newReference() });
}

function recordGuardianEvent(
  event: string,
  { profileId: subjectId }: ProfileAccess,
  detail: Readonly<Record<string, unknown>>,
  actor: Actor,
): Promise<void> {
  return recordEvent(actor, { action: `guardian.${event}`, subject: 'profile', subjectId, detail });
}
