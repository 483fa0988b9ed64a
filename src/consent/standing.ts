import { type Account, accountById } from '../accounts/account.ts';
import { type AgePolicy, type AgeRange, accessAt, ageRange } from '../alumni/age.ts';
import { rows } from '../database.ts';
import { Consent } from './record.ts';

/**
 * What a profile may do now. It is computed whenever it is needed, so people grow into access by themselves.
 * `waiting`: nobody has decided; `lapsed`: a consent ran out.
 */
export type Standing = 'full' | 'supervised' | 'waiting' | 'refused' | 'withdrawn' | 'lapsed' | 'blocked';

/** What an account may do now. `held`: staff look at it first; `unknown`: nobody has told its year of birth. */
export type AccountStanding = Standing | 'held' | 'unknown';

export type Act = 'granted' | 'renewed' | 'refused' | 'withdrawn';

/** A profile with the decision that counts: of two guardians, the more restrictive one. */
export type Ward = Readonly<{
  profileId: string;
  accountId: string;
  recordId: string;
  relationship: 'self' | 'child';
  firstName: string;
  lastName: string;
  batch: number | null;
  center: string | null;
  yearOfBirth: number | null;
  lastAct: Act | null;
  lastActAt: Date | null;
  consentExpiresAt: Date | null;
}>;

export const WARD_SQL = `select p.id as profile_id, p.account_id, m.id as record_id, p.relationship,
    m.first_name, m.last_name, m.batch, m.center,
    coalesce(m.year_of_birth, p.stated_year_of_birth, case when p.relationship = 'self'
      then (select year_of_birth from accounts where id = p.account_id) end) as year_of_birth,
    c.act as last_act, c.at as last_act_at, c.expires_at as consent_expires_at
  from profiles p
  join alumni_members m on m.id = p.alumni_member_id
  left join lateral decision_on(p.id) c on true`;

/** The same profile as if this guardian alone decided. */
export async function asDecidedBy(guardianId: string, ward: Ward): Promise<Ward> {
  const last = await Consent.findOne({ where: { guardianId }, order: [['id', 'DESC']] });
  return {
    ...ward,
    lastAct: last?.act ?? null,
    lastActAt: last?.at ?? null,
    consentExpiresAt: last?.expiresAt ?? null,
  };
}

/** All profiles of an account: itself first, then children by name. */
export function wardsOf(accountId: string): Promise<Ward[]> {
  return rows<Ward>(
    `${WARD_SQL} where p.account_id = $1 order by p.relationship = 'self' desc, m.last_name, m.first_name, p.id`,
    [accountId],
  );
}

/** The young person's own address; null where a parent claims the child. */
export async function minorsAddress(ward: Ward): Promise<string | null> {
  if (ward.relationship !== 'self') return null;
  const account = await accountById(ward.accountId);
  return account?.email ?? null;
}

/** What a profile may do at a moment. Without any year of birth it waits. */
export function standingOf(ward: Ward, policy: AgePolicy, at: Date): Standing {
  const access = ward.yearOfBirth === null ? 'consent' : accessAt(ward.yearOfBirth, at, policy);
  if (access !== 'consent') return access;
  if (ward.lastAct === null) return 'waiting';
  if (ward.lastAct === 'refused' || ward.lastAct === 'withdrawn') return ward.lastAct;
  return ward.consentExpiresAt !== null && ward.consentExpiresAt > at ? 'supervised' : 'lapsed';
}

type AgeFacts = Pick<Account, 'yearOfBirth' | 'heldForReviewAt'>;

/**
 * What the account itself may do. Only a known age gives access: that of its own profile, else the year that the person
 * states; a minor without a record has no profile that a guardian could consent for. `takes_part` says the same to the
 * database.
 */
export function accountStanding(
  account: AgeFacts,
  wards: readonly Ward[],
  policy: AgePolicy,
  at: Date,
): AccountStanding {
  if (account.heldForReviewAt !== null) return 'held';
  const self = wards.find(({ relationship }) => relationship === 'self');
  const yearOfBirth = ownYear(account, wards);
  if (yearOfBirth === null) return 'unknown';
  if (self) return standingOf(self, policy, at);
  const access = accessAt(yearOfBirth, at, policy);
  return access === 'consent' ? 'held' : access;
}

/** The account's own year of birth: that of the record that is its own, else the one that the person states. */
export function ownYear(account: Pick<Account, 'yearOfBirth'>, wards: readonly Ward[]): number | null {
  const self = wards.find(({ relationship }) => relationship === 'self');
  return self ? self.yearOfBirth : (account.yearOfBirth ?? null);
}

export function hasAccess(standing: AccountStanding): boolean {
  return standing === 'full' || standing === 'supervised';
}

/** The ages somebody can have now, where a year is known. */
export function agesOf(ward: Pick<Ward, 'yearOfBirth'>, at: Date): AgeRange | null {
  return ward.yearOfBirth === null ? null : ageRange(ward.yearOfBirth, at);
}
