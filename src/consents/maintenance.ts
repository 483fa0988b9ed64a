import { deleteAccount } from '../accounts/deletion.ts';
import { Profile } from '../alumni/profile.ts';
import type { Actor } from '../platform/audit/audit.ts';
import { inTransaction, NOW, queryRows } from '../platform/db/database.ts';
import { queueMail } from '../platform/mail/messages.ts';
import { newReference } from '../platform/text/support-reference.ts';
import { readSettings } from '../settings/settings.ts';
import { CONSENT_MONTHS, RENEWAL_DAYS } from './decisions.ts';
import { findProfileAccess, Guardian, listCurrentGuardians } from './guardians/guardian.ts';
import {
  accessStatusOf,
  asDecidedByGuardian,
  PROFILE_ACCESS_SQL,
  type ProfileAccess,
} from './profile-access.ts';

/** An account that waits this long for a guardian who never answers is removed. */
export const UNANSWERED_PURGE_DAYS = 30;
const REMIND_AFTER_DAYS = [3, 7] as const;
const system: Actor = { kind: 'system' };

/** What is kept of a guardian who was mailed, so that the mail goes out once. */
type SentMarker =
  | { reminders: number }
  | { confirmationRequestedAt: typeof NOW }
  | { renewalRequestedAt: typeof NOW };

type DueMail = Readonly<{ guardianId: string; email: string; profileId: string; accountId: string }>;

const DUE_SQL = `select g.id as guardian_id, g.email, g.profile_id, p.account_id
  from guardians g join profiles p on p.id = g.profile_id`;

const IS_CONTACTABLE = 'g.superseded_at is null and g.held_for_review_at is null';
const LAST_DECISION =
  'select decision, at, expires_at from consents where guardian_id = g.id order by id desc limit 1';

/** Everything about consent that is due by the clock. Each step is safe to run at any time and twice at once. */
export async function maintainConsents(): Promise<void> {
  await remindGuardians();
  await requestConfirmations();
  await requestRenewals();
  await notifyComingOfAge();
  await purgeUnansweredAccounts();
}

/** Guardians who were asked and have not answered are reminded after 3 and after 7 days. */
async function remindGuardians(): Promise<void> {
  for (const [reminders, days] of REMIND_AFTER_DAYS.entries()) {
    await sendDueMails(
      'guardian-request',
      `${DUE_SQL} where ${IS_CONTACTABLE} and g.account_id is null and not g.is_second and g.reminders = ${reminders}
       and g.requested_at < now() - interval '${days} days'
       and not exists (select 1 from consents c where c.guardian_id = g.id)
       for update of g skip locked`,
      { reminders: reminders + 1 },
    );
  }
}

/**
 * A day after a guardian has consented by the link alone, a second mail asks whether it was really them: the "additional
 * steps" of 16 CFR 312.5(b). Once for each consent.
 */
function requestConfirmations(): Promise<void> {
  return sendDueMails(
    'consent-confirmation',
    `${DUE_SQL} cross join lateral (${LAST_DECISION}) c
     where ${IS_CONTACTABLE} and g.account_id is null and c.decision in ('granted', 'renewed')
       and c.at < now() - interval '1 day' and (g.confirmation_requested_at is null or g.confirmation_requested_at < c.at)
     for update of g skip locked`,
    { confirmationRequestedAt: NOW },
  );
}

/** In the last 30 days of a consent its guardian is asked once to renew it. */
function requestRenewals(): Promise<void> {
  return sendDueMails(
    'consent-renewal',
    `${DUE_SQL} cross join lateral (${LAST_DECISION}) c
     where ${IS_CONTACTABLE} and c.decision in ('granted', 'renewed') and c.expires_at > now()
       and c.expires_at < now() + interval '${RENEWAL_DAYS} days'
       and (g.renewal_requested_at is null or g.renewal_requested_at < c.expires_at - interval '${CONSENT_MONTHS - 1} months')
     for update of g skip locked`,
    { renewalRequestedAt: NOW },
  );
}

async function sendDueMails(template: string, dueSql: string, marker: SentMarker): Promise<void> {
  const policy = await readSettings();
  await inTransaction(async () => {
    for (const { guardianId, email: to, profileId, accountId } of await queryRows<DueMail>(dueSql, [])) {
      const profile = await findProfileAccess({ profileId });
      await Guardian.update(marker, { where: { id: guardianId } });
      const ownProfile = profile && (await asDecidedByGuardian(guardianId, profile));
      const access = ownProfile && accessStatusOf(ownProfile, policy, new Date());
      if (access !== 'awaiting-consent' && access !== 'supervised') continue;
      await queueMail({ template, to, subjectId: guardianId, accountId, reference: newReference() });
    }
  });
}

/** Whoever has grown out of a consent, and each guardian, is told once that supervision has ended. */
async function notifyComingOfAge(): Promise<void> {
  const policy = await readSettings();
  await inTransaction(async () => {
    const adults = await queryRows<ProfileAccess & { email: string }>(
      `select w.*, a.email from (${PROFILE_ACCESS_SQL} where p.coming_of_age_notified_at is null and c.decision in ('granted', 'renewed')) w
       join accounts a on a.id = w.account_id`,
      [],
    );
    for (const profile of adults.filter((one) => accessStatusOf(one, policy, new Date()) === 'full')) {
      const notNotified = { id: profile.profileId, comingOfAgeNotifiedAt: null };
      const [updated] = await Profile.update({ comingOfAgeNotifiedAt: NOW }, { where: notNotified });
      if (updated === 0) continue;
      const { email: to, profileId: subjectId, accountId } = profile;
      const mail = { accountId, reference: newReference() };
      await queueMail({ ...mail, template: 'coming-of-age', to, subjectId });
      for (const { id, email, accountId: parentAccountId, heldForReviewAt } of await listCurrentGuardians(
        subjectId,
      )) {
        if (parentAccountId !== null || heldForReviewAt !== null) continue;
        await queueMail({ ...mail, template: 'supervision-ended', to: email, subjectId: id });
      }
    }
  });
}

/**
 * A minor's account that nobody ever consented to goes after 30 days, and with it whom it named. An older account that
 * staff match with a minor's record has the 30 days from then on.
 */
async function purgeUnansweredAccounts(): Promise<void> {
  const policy = await readSettings();
  const old = await queryRows<ProfileAccess>(
    `${PROFILE_ACCESS_SQL} join accounts a on a.id = p.account_id
     where p.relationship = 'self' and greatest(a.created_at, p.claimed_at) < now() - interval '${UNANSWERED_PURGE_DAYS} days'
       and not exists (select 1 from consents g where g.profile_id = p.id and g.decision in ('granted', 'renewed'))`,
  );
  for (const profile of old) {
    // Whose age isn't known is asked for it first.
    if (profile.yearOfBirth === null) continue;
    const access = accessStatusOf(profile, policy, new Date());
    if (access !== 'awaiting-consent' && access !== 'refused') continue;
    await inTransaction(() =>
      deleteAccount(profile.accountId, system, `no guardian consented within ${UNANSWERED_PURGE_DAYS} days`),
    );
  }
}
