import type { HoldReason } from '../accounts/account.ts';
import { accessAt } from '../alumni/age.ts';
import { isMinorsAddress } from '../alumni/minors-address.ts';
import type { RecordOnFile } from '../alumni/record.ts';
import type { Settings } from '../settings.ts';
import type { Claim, Claimable } from './claims.ts';

const YOUNGEST_IN_BATCH_YEAR = 10;
const OLDEST_IN_BATCH_YEAR = 70;
const OLDEST_BEFORE_BATCH_YEAR = 30;

/** Whether whoever claims is an adult; null while that isn't known. */
export function isAdult(
  { knownYear }: Claimable,
  [self]: readonly Claim[],
  ownYearOfBirth: number | null,
  policy: Settings,
): boolean | null {
  if (self) return self.access === 'full';
  const year = knownYear ?? ownYearOfBirth;
  return year === null ? null : accessAt(year, new Date(), policy) === 'full';
}

/** Why an account waits for the staff, by what is claimed and stated; null when it doesn't. */
export function whyHeld(
  { records, onFile, hasSelf, isReviewed, knownYear }: Claimable,
  claims: readonly Claim[],
  ownYearOfBirth: number | null,
  policy: Settings,
): HoldReason | null {
  const now = new Date();
  const self = claims.find(({ relationship }) => relationship === 'self');
  if (self) {
    const stated = self.statedYearOfBirth;
    const [own] = records.filter(({ id }) => id === self.recordId);
    return stated !== null && own && isUnlikely(stated, [own], now) ? 'unlikely-year' : null;
  }
  if (hasSelf) return null;
  const year = ownYearOfBirth ?? knownYear;
  if (year !== null && accessAt(year, now, policy) === 'consent') return 'minor-without-record';
  if (!isReviewed && isMinorsAddress(onFile, now, policy)) return 'minors-address';
  // What a parent states doesn't have to fit their child, nor another young person whom the office knows.
  const children = new Set(claims.map(({ recordId }) => recordId));
  const couldBe = onFile.filter(
    ({ id, yearOfBirth, emailOf }) =>
      !children.has(id) &&
      emailOf !== 'guardian' &&
      (yearOfBirth === null || accessAt(yearOfBirth, now, policy) === 'full'),
  );
  return ownYearOfBirth !== null && isUnlikely(ownYearOfBirth, couldBe, now) ? 'unlikely-year' : null;
}

/** Whether a stated year of birth is hard to believe of somebody in the batch of one of these records. */
function isUnlikely(yearOfBirth: number, records: readonly RecordOnFile[], now: Date): boolean {
  return records.some(({ batch }) => {
    if (batch === null) return false;
    const age = batch - yearOfBirth;
    const isToCome = batch > now.getUTCFullYear();
    return (
      age < YOUNGEST_IN_BATCH_YEAR ||
      age > OLDEST_IN_BATCH_YEAR ||
      (isToCome && age > OLDEST_BEFORE_BATCH_YEAR)
    );
  });
}
