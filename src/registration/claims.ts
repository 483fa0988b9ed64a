import type { Transaction } from 'sequelize';
import { type AgePolicy, accessAt, earliestReturn, isYearOfBirth } from '../alumni/age.ts';
import { claim, profilesOf } from '../alumni/profile.ts';
import { type AlumniRecord, displayName, recordsForAddress } from '../alumni/record.ts';
import type { Actor } from '../audit/audit.ts';
import { HomecomingError, Invalid } from '../errors.ts';
import type { Settings } from '../settings.ts';
import { date } from '../web/view.ts';

export type Answer = 'self' | 'child' | 'none';

/** What was answered about the records of an address: by record id. */
export type Answers = Readonly<{ records: Record<string, Answer>; yearOfBirth: Record<string, string> }>;

/** One record that somebody says is theirs or their child's, checked against every rule. */
export type Claim = Readonly<{
  recordId: string;
  relationship: 'self' | 'child';
  statedYearOfBirth: number | null;
  /** `consent` is a minor of 14 to 17: kept without access until a guardian consents. */
  access: 'full' | 'consent';
}>;

/** A person who says of themselves that they are too young: no account is made and nothing is kept. */
export class TooYoung extends HomecomingError {
  override readonly status = 403;
  override readonly title = 'You can’t register yet';

  constructor(returnOn: Date) {
    super(
      `Members must be older by law and by our own rules. You are welcome from ${date(returnOn)} on. Nothing that you typed was kept.`,
    );
  }
}

/** The records that an account can still claim: those under its address that it has not claimed yet. */
export type Claimable = Readonly<{
  records: readonly AlumniRecord[];
  /** Whether the account has said already which person it is. */
  hasSelf: boolean;
}>;

/** What can be claimed under an address, by the account that has it or by a new one (null). */
export async function claimable(email: string, accountId: string | null): Promise<Claimable> {
  const records = await recordsForAddress(email);
  const profiles = accountId === null ? [] : await profilesOf(accountId);
  const own = new Set(profiles.map(({ recordId }) => recordId));
  return {
    records: records.filter(({ id }) => !own.has(id)),
    hasSelf: profiles.some(({ relationship }) => relationship === 'self'),
  };
}

/**
 * Checks the answers about everything that can be claimed.
 * @throws Invalid with one sentence a record, TooYoung
 */
export function readClaims({ records, hasSelf }: Claimable, answers: Answers, policy: Settings): Claim[] {
  const errors: Record<string, string> = {};
  const claims: Claim[] = [];
  for (const record of records) {
    const answer = answers.records[record.id];
    if (answer === undefined) errors[`records[${record.id}]`] = `Say who ${displayName(record)} is`;
    if (answer === undefined || answer === 'none') continue;
    const judged = judge(record, answer, answers.yearOfBirth[record.id] ?? '', policy);
    if ('relationship' in judged) claims.push(judged);
    else errors[`${judged.field}[${record.id}]`] = judged.message;
  }
  if (Object.keys(answers.records).some((id) => !records.some((record) => record.id === id))) {
    errors.records = 'The records under this address have changed. Please look at them again';
  }
  const selves = claims.filter(({ relationship }) => relationship === 'self');
  for (const { recordId } of hasSelf ? selves : selves.slice(1))
    errors[`records[${recordId}]`] = 'Only one record can be you';
  // Whoever is a minor has no children here.
  if (selves.some(({ access }) => access === 'consent')) {
    for (const { recordId, relationship } of claims) {
      if (relationship === 'child') errors[`records[${recordId}]`] = 'Only a grown-up can answer for a child';
    }
  }
  if (Object.keys(errors).length > 0) throw new Invalid(errors);
  return claims;
}

/** Writes the claims for an account, in the caller's transaction. @returns the id of its own profile if it is a minor's */
export async function keepClaims(
  accountId: string,
  claims: readonly Claim[],
  policy: Settings,
  actor: Actor,
  transaction: Transaction,
): Promise<string | null> {
  let minorsOwn: string | null = null;
  for (const { access, ...one } of claims) {
    const profileId = await claim(
      { accountId, ...one, policyVersion: policy.policyVersion },
      actor,
      transaction,
    );
    if (one.relationship === 'self' && access === 'consent') minorsOwn = profileId;
  }
  return minorsOwn;
}

type Fault = Readonly<{ field: 'records' | 'yearOfBirth'; message: string }>;

function judge(
  record: AlumniRecord,
  relationship: 'self' | 'child',
  typedYear: string,
  policy: AgePolicy,
): Claim | Fault {
  if (relationship === 'self' && record.claimed) {
    return {
      field: 'records',
      message: 'This record belongs to an account already. Sign in to it, or write to us',
    };
  }
  const statedYearOfBirth = record.yearOfBirth === null ? readYear(typedYear) : null;
  const yearOfBirth = record.yearOfBirth ?? statedYearOfBirth;
  if (yearOfBirth === null)
    return { field: 'yearOfBirth', message: 'Type the year of birth with four digits' };
  const access = accessAt(yearOfBirth, new Date(), policy);
  if (access === 'full' && relationship === 'child') {
    return {
      field: 'records',
      message: 'This person is grown up and registers by an invitation of their own. Answer “not us”',
    };
  }
  if (access === 'blocked') {
    const returnOn = earliestReturn(yearOfBirth, policy);
    if (relationship === 'self') throw new TooYoung(returnOn);
    return {
      field: 'records',
      message: `This record can be claimed from ${date(returnOn)} on. Answer “not us” to go on`,
    };
  }
  return { recordId: record.id, relationship, statedYearOfBirth, access };
}

function readYear(typed: string): number | null {
  const year = /^\d{4}$/.test(typed) ? Number(typed) : Number.NaN;
  return isYearOfBirth(year, new Date()) ? year : null;
}
