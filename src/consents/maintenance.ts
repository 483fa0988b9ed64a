import { deleteAccount } from '../accounts/deletion.ts';
import { Profile } from '../alumni/profile.ts';
import type { Actor } from '../platform/audit/audit.ts';
import { inTransaction, NOW, queryRows } from '../platform/db/database.ts';
import { queueMail } from '../platform/mail/messages.ts';
import { newReference } from '../platform/text/support-reference.ts';
import { readSettings } from '../settings/settings.ts';
import { CONSENT_MONTHS, RENEWAL_DAYS } from './consent.ts';

import { findProfileAccess, Guardian, listCurrentGuardians } from './guardians/guardian.ts';
import {
  accessStatusOf,
  asDecidedByGuardian,
  PROFILE_ACCESS_SQL,
  type ProfileAccess,
} from './profile-access.ts';

/** A minor's account without consent is deleted after this time. */
export const UNANSWERED_PURGE_DAYS = 30;
const REMIND_AFTER_DAYS = [3, 7] as const;
const system: Actor = { kind: 'system' };

/** Set in the transaction that queues a mail, so that it is sent once. */
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

/** Sends what is due and deletes accounts without consent. Each step can run at any time, and concurrently. */
export async function maintainConsents(): Promise<void> {
  await remindGuardians();
  await requestConfirmations();
  await requestRenewals();
  await notifyComingOfAge();
  await purgeUnansweredAccounts();
}

/** Reminds guardians who haven't decided after 3 and 7 days. */
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

/** Asks guardians without an account to confirm a consent a day later: the "additional steps" of 16 CFR 312.5(b). */
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

/** Asks guardians once to renew a consent, in its last 30 days. */
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

/** Notifies people who have come of age, and their guardians, once that supervision has ended. */
async function notifyComingOfAge(): Promise<void> {
  const policy = await readSettings();
  await inTransaction(async () => {
    const supervised = await queryRows<ProfileAccess & { email: string }>(
      `select p.*, a.email from (${PROFILE_ACCESS_SQL} where p.coming_of_age_notified_at is null and c.decision in ('granted', 'renewed')) p
       join accounts a on a.id = p.account_id`,
      [],
    );
    for (const profile of supervised.filter(
      (member) => accessStatusOf(member, policy, new Date()) === 'full',
    )) {
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

/** Deletes minors' accounts 30 days after registration, or after staff matched the record, if nobody ever consented. */
async function purgeUnansweredAccounts(): Promise<void> {
  const policy = await readSettings();
  const unanswered = await queryRows<ProfileAccess>(
    `${PROFILE_ACCESS_SQL} join accounts a on a.id = p.account_id
     where p.relationship = 'self' and greatest(a.created_at, p.claimed_at) < now() - interval '${UNANSWERED_PURGE_DAYS} days'
       and not exists (select 1 from consents c where c.profile_id = p.id and c.decision in ('granted', 'renewed'))`,
  );
  for (const profile of unanswered) {
    // Accounts of unknown age are asked for the year of birth first.
    if (profile.yearOfBirth === null) continue;
    const access = accessStatusOf(profile, policy, new Date());
    if (access !== 'awaiting-consent' && access !== 'refused') continue;
    await inTransaction(() =>
      deleteAccount(profile.accountId, system, `no guardian consented within ${UNANSWERED_PURGE_DAYS} days`),
    );
  }
}
