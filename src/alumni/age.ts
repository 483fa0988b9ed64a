/** What the age policy allows a person: all, only with a guardian's consent, or nothing yet. */
export type AgeStatus = 'full' | 'consent' | 'blocked';

/** Ages in whole years; from a year of birth alone there are two possible ones, on 31 December one. */
export type AgeRange = Readonly<{ youngest: number; oldest: number }>;

/** The ages at which access changes; `Settings` holds them. */
export type AgePolicy = Readonly<{ blockedBelowAge: number; fullAccessFromAge: number }>;

const EARLIEST_YEAR_OF_BIRTH = 1900;
const DECEMBER = 11;

/** Whether a living person can have been born in that year: a whole year, from 1900 to the year of `asOf` (UTC). */
export function isYearOfBirth(year: number, asOf: Date): boolean {
  return Number.isInteger(year) && year >= EARLIEST_YEAR_OF_BIRTH && year <= asOf.getUTCFullYear();
}

/**
 * The ages that somebody born in that year can have on the day of `asOf` (UTC). Birthdays count from the start of the
 * day, so on 31 December everybody born in the year has had theirs. A year that fails `isYearOfBirth` counts as
 * newborn (0), so that a slip of the pen never lets anybody in.
 */
export function ageRange(yearOfBirth: number, asOf: Date): AgeRange {
  if (!isYearOfBirth(yearOfBirth, asOf)) return { youngest: 0, oldest: 0 };
  const oldest = asOf.getUTCFullYear() - yearOfBirth;
  return { youngest: Math.max(0, isLastDayOfYear(asOf) ? oldest : oldest - 1), oldest };
}

/** What the policy allows somebody born in that year on the day of `asOf`: decided by the youngest possible age. */
export function ageStatusAt(yearOfBirth: number, asOf: Date, policy: AgePolicy): AgeStatus {
  const { youngest } = ageRange(yearOfBirth, asOf);
  if (youngest < policy.blockedBelowAge) return 'blocked';
  return youngest < policy.fullAccessFromAge ? 'consent' : 'full';
}

/** The first day (00:00 UTC) on which nobody born in that year is blocked any more; for a year that is one of birth. */
export function firstUnblockedDay(yearOfBirth: number, policy: Pick<AgePolicy, 'blockedBelowAge'>): Date {
  return new Date(Date.UTC(yearOfBirth + policy.blockedBelowAge, DECEMBER, 31));
}

/** “17–18”, or “18” where only one age is possible. */
export function describeAge({ youngest, oldest }: AgeRange): string {
  return youngest === oldest ? String(oldest) : `${youngest}–${oldest}`;
}

/** The words that pages show for an access. */
export function ageStatusLabel(access: AgeStatus): 'Full Access' | 'Requires Consent' | 'Blocked' {
  return ageStatusLabels[access];
}

const ageStatusLabels = { full: 'Full Access', consent: 'Requires Consent', blocked: 'Blocked' } as const;

function isLastDayOfYear(date: Date): boolean {
  return date.getUTCMonth() === DECEMBER && date.getUTCDate() === 31;
}
