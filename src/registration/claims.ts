import type { Transaction } from 'sequelize';
import { type AgePolicy, accessAt, earliestReturn, isYearOfBirth } from '../alumni/age.ts';
import { claim } from '../alumni/profile.ts';
import { type AlumniRecord, recordsForAddress } from '../alumni/record.ts';
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

/**
 * Checks the answers about all records of an address.
 * @throws Invalid with one sentence a record, TooYoung
 */
export async function readClaims(email: string, answers: Answers, policy: Settings): Promise<Claim[]> {
  const records = await recordsForAddress(email);
  const errors: Record<string, string> = {};
  const claims: Claim[] = [];
  for (const record of records) {
    const answer = answers.records[record.id];
    if (answer === undefined) errors[`records[${record.id}]`] = 'Choose one of the answers';
    if (answer === undefined || answer === 'none') continue;
    const judged = judge(record, answer, answers.yearOfBirth[record.id] ?? '', policy);
    if ('relationship' in judged) claims.push(judged);
    else errors[`${judged.field}[${record.id}]`] = judged.message;
  }
  if (Object.keys(answers.records).some((id) => !records.some((record) => record.id === id))) {
    errors.records = 'The records under this address have changed. Please look at them again';
  }
  const selves = claims.filter(({ relationship }) => relationship === 'self');
  for (const { recordId } of selves.slice(1)) errors[`records[${recordId}]`] = 'Only one record can be you';
  if (Object.keys(errors).length > 0) throw new Invalid(errors);
  return claims;
}

/** Writes the claims for an account, in the caller's transaction. */
export async function keepClaims(
  accountId: string,
  claims: readonly Claim[],
  policy: Settings,
  actor: Actor,
  transaction: Transaction,
): Promise<void> {
  for (const one of claims) {
    await claim({ accountId, ...one, policyVersion: policy.policyVersion }, actor, transaction);
  }
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
  return { recordId: record.id, relationship, statedYearOfBirth };
}

function readYear(typed: string): number | null {
  const year = /^\d{4}$/.test(typed) ? Number(typed) : Number.NaN;
  return isYearOfBirth(year, new Date()) ? year : null;
}
