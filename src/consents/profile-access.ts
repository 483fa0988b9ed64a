import { type Account, findAccount } from '../accounts/account.ts';
import { type AgePolicy, type AgeRange, ageRange, ageStatusAt } from '../alumni/age.ts';
import { queryRows } from '../platform/db/database.ts';
import { Consent } from './consent.ts';

/** What a profile may do. Computed when needed, because it changes with age. `expired` means the consent. */
export type AccessStatus =
  | 'full'
  | 'supervised'
  | 'awaiting-consent'
  | 'refused'
  | 'withdrawn'
  | 'expired'
  | 'blocked';

/** What an account may do: its own profile's access, unless it is held for review or its year of birth isn't known. */
export type AccountAccess = AccessStatus | 'held-for-review' | 'age-unknown';

export type ConsentDecision = 'granted' | 'renewed' | 'refused' | 'withdrawn';

/** A profile with the effective decision: of two guardians, the more restrictive one. */
export type ProfileAccess = Readonly<{
  profileId: string;
  accountId: string;
  recordId: string;
  relationship: 'self' | 'child';
  firstName: string;
  lastName: string;
  batch: number | null;
  center: string | null;
  yearOfBirth: number | null;
  lastDecision: ConsentDecision | null;
  lastDecidedAt: Date | null;
  consentExpiresAt: Date | null;
}>;

export const PROFILE_ACCESS_SQL = `select p.id as profile_id, p.account_id, m.id as record_id, p.relationship,
    m.first_name, m.last_name, m.batch, m.center,
    coalesce(m.year_of_birth, p.stated_year_of_birth, case when p.relationship = 'self'
      then (select year_of_birth from accounts where id = p.account_id) end) as year_of_birth,
    c.decision as last_decision, c.at as last_decided_at, c.expires_at as consent_expires_at
  from profiles p
  join alumni_members m on m.id = p.alumni_member_id
  left join lateral effective_decision(p.id) c on true`;

/** The profile with this guardian's own decision instead of the effective one. */
export async function asDecidedByGuardian(
  guardianId: string,
  profile: ProfileAccess,
): Promise<ProfileAccess> {
  const last = await Consent.findOne({ where: { guardianId }, order: [['id', 'DESC']] });
  return {
    ...profile,
    lastDecision: last?.decision ?? null,
    lastDecidedAt: last?.at ?? null,
    consentExpiresAt: last?.expiresAt ?? null,
  };
}

/** An account's profiles: its own first, then children by name. */
export function listProfileAccess(accountId: string): Promise<ProfileAccess[]> {
  return queryRows<ProfileAccess>(
    `${PROFILE_ACCESS_SQL} where p.account_id = $1 order by p.relationship = 'self' desc, m.last_name, m.first_name, p.id`,
    [accountId],
  );
}

/** The minor's own address; null if a parent claims the child. */
export async function findMinorsAddress(profile: ProfileAccess): Promise<string | null> {
  if (profile.relationship !== 'self') return null;
  const account = await findAccount(profile.accountId);
  return account?.email ?? null;
}

/** What a profile may do at a given time. Without a year of birth it needs consent. */
export function accessStatusOf(profile: ProfileAccess, policy: AgePolicy, at: Date): AccessStatus {
  const ageStatus = profile.yearOfBirth === null ? 'consent' : ageStatusAt(profile.yearOfBirth, at, policy);
  if (ageStatus !== 'consent') return ageStatus;
  if (profile.lastDecision === null) return 'awaiting-consent';
  if (profile.lastDecision === 'refused' || profile.lastDecision === 'withdrawn') return profile.lastDecision;
  return profile.consentExpiresAt !== null && profile.consentExpiresAt > at ? 'supervised' : 'expired';
}

type AccountAgeAndHold = Pick<Account, 'yearOfBirth' | 'heldForReviewAt'>;

/**
 * What an account may do. Access requires a known age. A minor without a record has no profile to consent for, so staff
 * have to match one first. The SQL function `account_has_access` implements the same rule.
 */
export function accountAccessOf(
  account: AccountAgeAndHold,
  profiles: readonly ProfileAccess[],
  policy: AgePolicy,
  at: Date,
): AccountAccess {
  if (account.heldForReviewAt !== null) return 'held-for-review';
  const self = profiles.find(({ relationship }) => relationship === 'self');
  const yearOfBirth = ownYearOfBirth(account, profiles);
  if (yearOfBirth === null) return 'age-unknown';
  if (self) return accessStatusOf(self, policy, at);
  const ageStatus = ageStatusAt(yearOfBirth, at, policy);
  return ageStatus === 'consent' ? 'held-for-review' : ageStatus;
}

/** The year of birth on the account's own record or, if it claims none, the one that the person entered. */
export function ownYearOfBirth(
  account: Pick<Account, 'yearOfBirth'>,
  profiles: readonly ProfileAccess[],
): number | null {
  const self = profiles.find(({ relationship }) => relationship === 'self');
  return self ? self.yearOfBirth : (account.yearOfBirth ?? null);
}

export function hasAccess(access: AccountAccess): boolean {
  return access === 'full' || access === 'supervised';
}

/** The possible ages of a person; null if the year of birth isn't known. */
export function ageRangeOf(profile: Pick<ProfileAccess, 'yearOfBirth'>, at: Date): AgeRange | null {
  return profile.yearOfBirth === null ? null : ageRange(profile.yearOfBirth, at);
}
