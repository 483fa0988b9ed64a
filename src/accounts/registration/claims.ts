import { type AgePolicy, ageStatusAt, firstUnblockedDay, isYearOfBirth } from '../../alumni/age.ts';
import { claimRecord, listProfiles } from '../../alumni/profile.ts';
import { displayName, listRecordsForAddress, type RecordOnFile } from '../../alumni/record.ts';
import { listSomeoneElse } from '../../alumni/someone-else.ts';
import type { Actor } from '../../platform/audit/audit.ts';
import { InvalidInput } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import type { Settings } from '../../settings/settings.ts';
import { Account, type HoldReason } from '../account.ts';
import type { ClaimContext, ValidatedClaim } from './claim-context.ts';
import { findHoldReason, isAdult } from './hold-reason.ts';
import { type ClaimAnswer, possibleAnswers } from './possible-answers.ts';
import { TooYoung } from './too-young.ts';

/** Answers about the records of an address, by record id, and about the person who answers. */
export type ClaimAnswers = Readonly<{
  records: Record<string, ClaimAnswer>;
  yearOfBirth: Record<string, string>;
  ownYearOfBirth: string;
}>;

export type ValidatedClaims = Readonly<{
  claims: readonly ValidatedClaim[];
  /** The records that were answered with "someone else". */
  someoneElse: readonly string[];
  /** The stated year of birth, or null if it is known already. */
  ownYearOfBirth: number | null;
  /** Why the account must be held for review, or null. */
  holdReason: HoldReason | null;
}>;

/** @param accountId null for a new member */
export async function getClaimContext(email: string, accountId: string | null): Promise<ClaimContext> {
  const onFile = await listRecordsForAddress(email);
  const profiles = accountId === null ? [] : await listProfiles(accountId);
  const account = accountId === null ? null : await Account.findByPk(accountId);
  const someoneElse = accountId === null ? [] : await listSomeoneElse(accountId);
  const claimedRecordIds = new Set(profiles.map(({ recordId }) => recordId));
  const selfProfile = profiles.find(({ relationship }) => relationship === 'self');
  return {
    records: onFile.filter(({ id }) => !claimedRecordIds.has(id)),
    onFile,
    someoneElse: new Set(someoneElse),
    hasSelfProfile: selfProfile !== undefined,
    knownYearOfBirth: selfProfile?.yearOfBirth ?? account?.yearOfBirth ?? null,
    isReviewed: (account?.holdLiftedAt ?? null) !== null,
  };
}

/** The name of the record that is answered with "this is me"; empty without one. */
export async function nameOfOwnRecord(email: string, { records }: ClaimAnswers): Promise<string> {
  const own = (await listRecordsForAddress(email)).find(({ id }) => records[id] === 'self');
  return own ? displayName(own) : '';
}

/**
 * Validates the answers about all claimable records, and the age of the person.
 * @throws InvalidInput with at most one message per field, TooYoung
 */
export function validateClaims(
  context: ClaimContext,
  answers: ClaimAnswers,
  policy: Settings,
): ValidatedClaims {
  const { records, hasSelfProfile } = context;
  const errors: Record<string, string> = {};
  const claims: ValidatedClaim[] = [];
  const someoneElse: string[] = [];
  let isComplete = true;
  const selfRecords = records.filter(({ id }) => answers.records[id] === 'self');
  // Claiming two records as one's own is a mistake, so it says nothing about the person's age.
  const hasOneSelf = selfRecords.length === 1 && !hasSelfProfile;
  for (const record of records) {
    const answer = answers.records[record.id];
    const hasQuestion = possibleAnswers(record, context, policy).length > 0;
    if (answer === undefined && hasQuestion && !context.someoneElse.has(record.id)) {
      errors[`records[${record.id}]`] = t('registration:records.errors.whoIs', { name: displayName(record) });
      isComplete = false;
    }
    if (answer === 'none' && hasQuestion) someoneElse.push(record.id);
    if (answer === undefined || answer === 'none') continue;
    if (answer === 'self' && !hasOneSelf) {
      if (hasSelfProfile || record !== selfRecords[0])
        errors[`records[${record.id}]`] = t('registration:records.errors.onlyOneSelf');
      continue;
    }
    const validated = validateClaim(record, answer, enteredYearFor(record.id, answer, answers), policy);
    if ('relationship' in validated) claims.push(validated);
    else errors[`${validated.field}[${record.id}]`] = validated.message;
  }
  if (Object.keys(answers.records).some((id) => !records.some((record) => record.id === id))) {
    errors.records = t('registration:records.errors.changed');
  }
  const selves = claims.filter(({ relationship }) => relationship === 'self');
  const claimsSelf = Object.values(answers.records).includes('self');
  const needsOwnYear = isComplete && !claimsSelf && context.knownYearOfBirth === null;
  const ownYearOfBirth = needsOwnYear ? parseYearOfBirth(answers.ownYearOfBirth) : null;
  if (needsOwnYear && ownYearOfBirth === null)
    errors.ownYearOfBirth = t('registration:records.errors.ownYear', { year: new Date().getUTCFullYear() });
  const isGrownUp = isAdult(context, selves, ownYearOfBirth, policy);
  for (const { recordId, relationship } of claims) {
    if (relationship === 'child' && isGrownUp === false)
      errors[`records[${recordId}]`] = t('registration:records.errors.adultNeeded');
  }
  if (ownYearOfBirth !== null && ageStatusAt(ownYearOfBirth, new Date(), policy) === 'blocked')
    throw new TooYoung(firstUnblockedDay(ownYearOfBirth, policy));
  if (Object.keys(errors).length > 0) throw new InvalidInput(errors);
  const holdReason = findHoldReason(context, claims, ownYearOfBirth, policy);
  return { claims, someoneElse, ownYearOfBirth, holdReason };
}

/** Saves claims, in the caller's transaction. @returns the id of the account's own profile if the person is a minor */
export async function saveClaims(
  accountId: string,
  claims: readonly ValidatedClaim[],
  policy: Settings,
  actor: Actor,
): Promise<string | null> {
  let minorProfileId: string | null = null;
  for (const { access, ...claimed } of claims) {
    const profileId = await claimRecord(
      { accountId, ...claimed, policyVersion: policy.policyVersion },
      actor,
    );
    if (claimed.relationship === 'self' && access === 'consent') minorProfileId = profileId;
  }
  return minorProfileId;
}

type FieldError = Readonly<{ field: 'records' | 'yearOfBirth'; message: string }>;

function validateClaim(
  record: RecordOnFile,
  relationship: 'self' | 'child',
  enteredYear: string,
  policy: AgePolicy,
): ValidatedClaim | FieldError {
  if (record.claimed) {
    return {
      field: 'records',
      message: t('registration:records.errors.claimed'),
    };
  }
  const statedYearOfBirth = record.yearOfBirth === null ? parseYearOfBirth(enteredYear) : null;
  const yearOfBirth = record.yearOfBirth ?? statedYearOfBirth;
  if (yearOfBirth === null)
    return {
      field: 'yearOfBirth',
      message: t('registration:records.errors.year', { year: new Date().getUTCFullYear() }),
    };
  const access = ageStatusAt(yearOfBirth, new Date(), policy);
  if (access === 'full' && relationship === 'child') {
    return {
      field: 'records',
      message: t('registration:records.errors.adultChild', { name: displayName(record) }),
    };
  }
  if (access === 'blocked') {
    const unblockedOn = firstUnblockedDay(yearOfBirth, policy);
    if (relationship === 'self') throw new TooYoung(unblockedOn);
    const details = { name: displayName(record), from: unblockedOn };
    return {
      field: 'records',
      message:
        record.yearOfBirth === null
          ? t('registration:records.errors.blockedChild', details)
          : t('registration:records.errors.blockedRecord', details),
    };
  }
  return { recordId: record.id, relationship, statedYearOfBirth, access };
}

/** The year entered for a record. For "this is me", either of the two fields counts. */
export function enteredYearFor(
  recordId: string,
  answer: ClaimAnswer,
  { yearOfBirth, ownYearOfBirth }: ClaimAnswers,
): string {
  return yearOfBirth[recordId] || (answer === 'self' ? ownYearOfBirth : '');
}

/** Parses a year of birth: four digits, from 1900 to this year. @returns null for anything else */
export function parseYearOfBirth(typed: string): number | null {
  const year = /^\d{4}$/.test(typed) ? Number(typed) : Number.NaN;
  return isYearOfBirth(year, new Date()) ? year : null;
}
