import { Account, type HoldReason } from '../accounts/account.ts';
import { type AgePolicy, accessAt, earliestReturn, isYearOfBirth } from '../alumni/age.ts';
import { claim, profilesOf } from '../alumni/profile.ts';
import { displayName, type RecordOnFile, recordsForAddress } from '../alumni/record.ts';
import type { Actor } from '../audit/audit.ts';
import { Invalid } from '../errors.ts';
import type { Settings } from '../settings.ts';
import { date } from '../web/view.ts';
import { isAdult, whyHeld } from './review.ts';
import { TooYoung } from './too-young.ts';

export type Answer = 'self' | 'child' | 'none';

/** What was answered about the records of an address, by record id, and about the person who answers. */
export type Answers = Readonly<{
  records: Record<string, Answer>;
  yearOfBirth: Record<string, string>;
  ownYearOfBirth: string;
}>;

/** One record that somebody says is theirs or their child's, checked against every rule. */
export type Claim = Readonly<{
  recordId: string;
  relationship: 'self' | 'child';
  statedYearOfBirth: number | null;
  /** `consent` is a minor of 14 to 17: kept without access until a guardian consents. */
  access: 'full' | 'consent';
}>;

/** What the answers come to. */
export type Judged = Readonly<{
  claims: readonly Claim[];
  /** The person's own year, where no record and nothing known before tells it. */
  ownYearOfBirth: number | null;
  /** Why the account waits for the staff; null when it doesn't. */
  hold: HoldReason | null;
}>;

/** What can be claimed under an address, and what is known of whoever claims. */
export type Claimable = Readonly<{
  /** Those that the account has not claimed yet. */
  records: readonly RecordOnFile[];
  /** All that the office keeps under the address. */
  onFile: readonly RecordOnFile[];
  /** Whether the account has said already which person it is. */
  hasSelf: boolean;
  /** The year of birth of an account: of its own record, else its own statement; null asks for it. */
  knownYear: number | null;
  /** Staff have lifted a hold before: what the office knows of the address was looked at. */
  isReviewed: boolean;
}>;

/** What can be claimed under an address, by the account that has it or by a new one (null). */
export async function claimable(email: string, accountId: string | null): Promise<Claimable> {
  const onFile = await recordsForAddress(email);
  const profiles = accountId === null ? [] : await profilesOf(accountId);
  const account = accountId === null ? null : await Account.findByPk(accountId);
  const own = new Set(profiles.map(({ recordId }) => recordId));
  const self = profiles.find(({ relationship }) => relationship === 'self');
  return {
    records: onFile.filter(({ id }) => !own.has(id)),
    onFile,
    hasSelf: self !== undefined,
    knownYear: self?.yearOfBirth ?? account?.yearOfBirth ?? null,
    isReviewed: (account?.holdLiftedAt ?? null) !== null,
  };
}

/**
 * Checks the answers about everything that can be claimed, and the age of whoever claims.
 * @throws Invalid with one sentence a record, TooYoung
 */
export function readClaims(claimable: Claimable, answers: Answers, policy: Settings): Judged {
  const { records, hasSelf } = claimable;
  const errors: Record<string, string> = {};
  const claims: Claim[] = [];
  let isAnswered = true;
  const saidSelf = records.filter(({ id }) => answers.records[id] === 'self');
  // Who says to be two people, or to be one more, made a mistake: that is no word about anybody's age.
  const isOne = saidSelf.length === 1 && !hasSelf;
  for (const record of records) {
    const answer = answers.records[record.id];
    // The card of a child who is too young asks nothing.
    if (answer === undefined && !isBlocked(record, policy)) {
      errors[`records[${record.id}]`] = `Say who ${displayName(record)} is`;
      isAnswered = false;
    }
    if (answer === undefined || answer === 'none') continue;
    if (answer === 'self' && !isOne) {
      if (hasSelf || record !== saidSelf[0]) errors[`records[${record.id}]`] = 'Only one record can be you';
      continue;
    }
    const judged = judge(record, answer, yearFor(record.id, answer, answers), policy);
    if ('relationship' in judged) claims.push(judged);
    else errors[`${judged.field}[${record.id}]`] = judged.message;
  }
  if (Object.keys(answers.records).some((id) => !records.some((record) => record.id === id))) {
    errors.records = 'The records under this address have changed. Please look at them again';
  }
  const selves = claims.filter(({ relationship }) => relationship === 'self');
  const saysSelf = Object.values(answers.records).includes('self');
  const asked = isAnswered && !saysSelf && claimable.knownYear === null;
  const ownYearOfBirth = asked ? readYear(answers.ownYearOfBirth) : null;
  if (asked && ownYearOfBirth === null)
    errors.ownYearOfBirth = `Type your year of birth, from 1900 to ${new Date().getUTCFullYear()}`;
  const grownUp = isAdult(claimable, selves, ownYearOfBirth, policy);
  for (const { recordId, relationship } of claims) {
    if (relationship === 'child' && grownUp === false)
      errors[`records[${recordId}]`] = 'Only a grown-up can answer for a child';
  }
  if (ownYearOfBirth !== null && accessAt(ownYearOfBirth, new Date(), policy) === 'blocked')
    throw new TooYoung(earliestReturn(ownYearOfBirth, policy));
  if (Object.keys(errors).length > 0) throw new Invalid(errors);
  return { claims, ownYearOfBirth, hold: whyHeld(claimable, claims, ownYearOfBirth, policy) };
}

/** Writes the claims for an account, in the caller's transaction. @returns the id of its own profile if it is a minor's */
export async function keepClaims(
  accountId: string,
  claims: readonly Claim[],
  policy: Settings,
  actor: Actor,
): Promise<string | null> {
  let minorsOwn: string | null = null;
  for (const { access, ...one } of claims) {
    const profileId = await claim({ accountId, ...one, policyVersion: policy.policyVersion }, actor);
    if (one.relationship === 'self' && access === 'consent') minorsOwn = profileId;
  }
  return minorsOwn;
}

type Fault = Readonly<{ field: 'records' | 'yearOfBirth'; message: string }>;

function judge(
  record: RecordOnFile,
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
    return {
      field: 'yearOfBirth',
      message: `Type the year of birth, from 1900 to ${new Date().getUTCFullYear()}`,
    };
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

function isBlocked({ yearOfBirth }: RecordOnFile, policy: AgePolicy): boolean {
  return yearOfBirth !== null && accessAt(yearOfBirth, new Date(), policy) === 'blocked';
}

/** The year that is typed about a record. Whoever says “this is me” tells it in either field. */
export function yearFor(recordId: string, answer: Answer, { yearOfBirth, ownYearOfBirth }: Answers): string {
  return yearOfBirth[recordId] || (answer === 'self' ? ownYearOfBirth : '');
}

/** A year of birth as it is typed: four digits, from 1900 to this year; null for anything else. */
export function readYear(typed: string): number | null {
  const year = /^\d{4}$/.test(typed) ? Number(typed) : Number.NaN;
  return isYearOfBirth(year, new Date()) ? year : null;
}
