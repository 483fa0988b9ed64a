import { ageStatusAt } from '../../alumni/age.ts';
import { isMinorsAddress } from '../../alumni/minors-address.ts';
import type { RecordOnFile } from '../../alumni/record.ts';
import type { Settings } from '../../settings/settings.ts';
import type { HoldReason } from '../account.ts';
import type { ClaimContext, ValidatedClaim } from './claim-context.ts';

const MIN_AGE_IN_BATCH_YEAR = 10;
const MAX_AGE_IN_BATCH_YEAR = 70;
const MAX_AGE_BEFORE_BATCH_YEAR = 30;

/** Whether whoever claims is an adult; null while that isn't known. */
export function isAdult(
  { knownYearOfBirth }: ClaimContext,
  [self]: readonly ValidatedClaim[],
  ownYearOfBirth: number | null,
  policy: Settings,
): boolean | null {
  if (self) return self.access === 'full';
  const year = knownYearOfBirth ?? ownYearOfBirth;
  return year === null ? null : ageStatusAt(year, new Date(), policy) === 'full';
}

/** Why an account waits for the staff, by what is claimed and stated; null when it doesn't. */
export function findHoldReason(
  { records, onFile, hasSelfProfile, isReviewed, knownYearOfBirth }: ClaimContext,
  claims: readonly ValidatedClaim[],
  ownYearOfBirth: number | null,
  policy: Settings,
): HoldReason | null {
  const now = new Date();
  const self = claims.find(({ relationship }) => relationship === 'self');
  if (self) {
    const statedYear = self.statedYearOfBirth;
    const [own] = records.filter(({ id }) => id === self.recordId);
    return statedYear !== null && own && isUnlikelyYear(statedYear, [own], now) ? 'unlikely-year' : null;
  }
  if (hasSelfProfile) return null;
  const year = ownYearOfBirth ?? knownYearOfBirth;
  if (year !== null && ageStatusAt(year, now, policy) === 'consent') return 'minor-without-record';
  if (!isReviewed && isMinorsAddress(onFile, now, policy)) return 'minors-address';
  // What a parent states doesn't have to fit their child, nor another young person whom the office knows.
  const children = new Set(claims.map(({ recordId }) => recordId));
  const possibleRecords = onFile.filter(
    ({ id, yearOfBirth, emailOf }) =>
      !children.has(id) &&
      emailOf !== 'guardian' &&
      (yearOfBirth === null || ageStatusAt(yearOfBirth, now, policy) === 'full'),
  );
  return ownYearOfBirth !== null && isUnlikelyYear(ownYearOfBirth, possibleRecords, now)
    ? 'unlikely-year'
    : null;
}

/** Whether a stated year of birth is hard to believe of somebody in the batch of one of these records. */
function isUnlikelyYear(yearOfBirth: number, records: readonly RecordOnFile[], now: Date): boolean {
  return records.some(({ batch }) => {
    if (batch === null) return false;
    const age = batch - yearOfBirth;
    const isFutureBatch = batch > now.getUTCFullYear();
    return (
      age < MIN_AGE_IN_BATCH_YEAR ||
      age > MAX_AGE_IN_BATCH_YEAR ||
      (isFutureBatch && age > MAX_AGE_BEFORE_BATCH_YEAR)
    );
  });
}
