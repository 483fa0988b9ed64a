import { liftReviewHold } from '../../accounts/review-hold.ts';
import { type Actor, recordEvent } from '../../platform/audit/audit.ts';
import { inTransaction } from '../../platform/db/database.ts';
import { Conflict } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { queueMail } from '../../platform/mail/messages.ts';
import { newReference } from '../../platform/text/support-reference.ts';
import { readSettings } from '../../settings/settings.ts';
import { type AgePolicy, type AgeStatus, ageStatusAt, firstUnblockedDay } from '../age.ts';
import { type ListedRecord, lockRecords } from '../listed-record.ts';
import { claimRecord, Profile } from '../profile.ts';
import { displayName } from '../record.ts';
import { lockUnmatchedAccount, requireUnmatched, type UnmatchedAccount } from './unmatched.ts';

/** The access that a match would give, or why the record can't be matched. */
export type MatchEligibility = Readonly<{ access: Exclude<AgeStatus, 'blocked'> } | { reason: string }>;

/** Checks whether records can be matched by staff. @returns the results by record id */
export async function checkMatchEligibility(
  records: readonly ListedRecord[],
): Promise<Map<string, MatchEligibility>> {
  const policy = await readSettings();
  const selfProfiles = await Profile.findAll({
    where: { relationship: 'self', alumniMemberId: records.map(({ id }) => id) },
    include: { association: 'account', attributes: ['email'] },
  });
  const ownerEmails = new Map(
    selfProfiles.map(({ alumniMemberId, account }) => [alumniMemberId, account?.email]),
  );
  return new Map(
    records.map((record) => [
      record.id,
      matchEligibilityOf(record, ownerEmails.get(record.id) ?? null, policy),
    ]),
  );
}

/**
 * Matches an account with a record, as if the person had answered “this is me”, and notifies the person. Lifts a hold.
 * A minor has to name a guardian and wait for consent.
 * @throws NotFound, Conflict if the account has a record already or the record can't be claimed
 */
export async function matchAccount(
  accountId: string,
  recordId: string,
  actor: Actor,
): Promise<{ account: UnmatchedAccount; record: ListedRecord; access: AgeStatus }> {
  return inTransaction(async () => {
    const [record] = await lockRecords([recordId]);
    const account = await lockUnmatchedAccount(accountId);
    requireUnmatched(account);
    if (!record) throw new Error('lockRecords returned no record');
    const eligibility = (await checkMatchEligibility([record])).get(record.id);
    if (!eligibility || 'reason' in eligibility)
      throw new Conflict(eligibility?.reason ?? t('alumni:errors.cannotMatch'));
    await replaceChildClaim(accountId, record.id, eligibility.access);
    await liftReviewHold(accountId, actor);
    const { policyVersion } = await readSettings();
    const claim = {
      accountId,
      recordId,
      relationship: 'self',
      statedYearOfBirth: null,
      policyVersion,
    } as const;
    const profileId = await claimRecord(claim, actor);
    const event = { action: 'account.matched', subject: 'account', subjectId: accountId } as const;
    await recordEvent(actor, { ...event, detail: { recordId, profileId } });
    const mail = { template: 'record-matched', to: account.email, subjectId: profileId, accountId };
    await queueMail({ ...mail, reference: newReference() });
    return { account, record, access: eligibility.access };
  });
}

// A minor can't claim children. If the account had claimed this record as a child's, it now claims it as its own.
async function replaceChildClaim(accountId: string, recordId: string, access: AgeStatus): Promise<void> {
  await Profile.destroy({ where: { accountId, alumniMemberId: recordId, relationship: 'child' } });
  const remaining = await Profile.count({ where: { accountId } });
  if (remaining > 0 && access !== 'full') throw new Conflict(t('alumni:errors.childAndMinor'));
}

function matchEligibilityOf(
  record: ListedRecord,
  ownerEmail: string | null,
  policy: AgePolicy,
): MatchEligibility {
  const name = displayName(record);
  if (record.state === 'merged') return { reason: t('alumni:errors.merged') };
  if (record.state === 'deceased') return { reason: t('alumni:errors.deceased', { name }) };
  if (record.state === 'inactive') return { reason: t('alumni:errors.inactive') };
  if (ownerEmail !== null) return { reason: t('alumni:errors.claimed', { email: ownerEmail }) };
  if (record.yearOfBirth === null) return { reason: t('alumni:errors.noYearOfBirth') };
  const access = ageStatusAt(record.yearOfBirth, new Date(), policy);
  if (access === 'blocked')
    return {
      reason: t('alumni:errors.tooYoung', { name, until: firstUnblockedDay(record.yearOfBirth, policy) }),
    };
  return { access };
}
