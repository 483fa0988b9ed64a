import { ageStatusAt } from '../../alumni/age.ts';
import { isMinorsAddress } from '../../alumni/minors-address.ts';
import type { RecordOnFile } from '../../alumni/record.ts';
import type { Settings } from '../../settings/settings.ts';
import type { HoldReason } from '../account.ts';
import type { ClaimContext, ValidatedClaim } from './claim-context.ts';

const MIN_AGE_IN_BATCH_YEAR = 10;
const MAX_AGE_IN_BATCH_YEAR = 70;
const MAX_AGE_BEFORE_BATCH_YEAR = 30;

/** Whether the person is an adult, or null if that isn't known yet. */
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

/** Decides from claims and stated years whether an account must be held for review. @returns null if it needn't */
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
  // A parent's year doesn't have to fit the records of their children or of other young people.
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

/** Whether the year of birth is implausible for the batch of any of these records. */
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
