import type { Transaction } from 'sequelize';
import { type AgePolicy, type AgeRange, accessAt, ageRange } from '../alumni/age.ts';
import { rows } from '../database.ts';

/**
 * What a profile may do now. It is computed whenever it is needed, so people grow into access by themselves.
 * `waiting`: nobody has decided; `lapsed`: a consent ran out.
 */
export type Standing = 'full' | 'supervised' | 'waiting' | 'refused' | 'withdrawn' | 'lapsed' | 'blocked';

export type Act = 'granted' | 'renewed' | 'refused' | 'withdrawn';

/** A profile with what its guardian last did. */
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

export const WARD_SQL = `select p.id as "profileId", p.account_id as "accountId", m.id as "recordId", p.relationship,
    m.first_name as "firstName", m.last_name as "lastName", m.batch, m.center,
    coalesce(m.year_of_birth, p.stated_year_of_birth) as "yearOfBirth",
    c.act as "lastAct", c.at as "lastActAt", c.expires_at as "consentExpiresAt"
  from profiles p
  join alumni_members m on m.id = p.alumni_member_id
  left join lateral (select act, at, expires_at from consents where profile_id = p.id order by id desc limit 1) c on true`;

/** All profiles of an account: itself first, then children by name. */
export function wardsOf(accountId: string, transaction?: Transaction): Promise<Ward[]> {
  return rows<Ward>(
    `${WARD_SQL} where p.account_id = $1 order by p.relationship = 'self' desc, m.last_name, m.first_name, p.id`,
    [accountId],
    transaction,
  );
}

/** What a profile may do at a moment. Without any year of birth it waits. */
export function standingOf(ward: Ward, policy: AgePolicy, at: Date): Standing {
  const access = ward.yearOfBirth === null ? 'consent' : accessAt(ward.yearOfBirth, at, policy);
  if (access !== 'consent') return access;
  if (ward.lastAct === null) return 'waiting';
  if (ward.lastAct === 'refused' || ward.lastAct === 'withdrawn') return ward.lastAct;
  return ward.consentExpiresAt !== null && ward.consentExpiresAt > at ? 'supervised' : 'lapsed';
}

/** What the account itself may do: as its own profile; one without a profile of its own is an adult's. */
export function accountStanding(wards: readonly Ward[], policy: AgePolicy, at: Date): Standing {
  const self = wards.find(({ relationship }) => relationship === 'self');
  return self ? standingOf(self, policy, at) : 'full';
}

export function hasAccess(standing: Standing): boolean {
  return standing === 'full' || standing === 'supervised';
}

/** The ages somebody can have now, where a year is known. */
export function agesOf(ward: Pick<Ward, 'yearOfBirth'>, at: Date): AgeRange | null {
  return ward.yearOfBirth === null ? null : ageRange(ward.yearOfBirth, at);
}
