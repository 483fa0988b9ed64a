import type { Day } from '../platform/i18n/dates.ts';
import { t } from '../platform/i18n/i18n.ts';

/** What the age policy allows: full access, access with a guardian's consent, or none yet. */
export type AgeStatus = 'full' | 'consent' | 'blocked';

/** The possible ages in whole years: two for a year of birth, or one on 31 December. */
export type AgeRange = Readonly<{ youngest: number; oldest: number }>;

/** The ages at which access changes, from the settings. */
export type AgePolicy = Readonly<{ blockedBelowAge: number; fullAccessFromAge: number }>;

const EARLIEST_YEAR_OF_BIRTH = 1900;
const DECEMBER = 11;

/** Whether this is a whole year from 1900 to the year of `asOf` (UTC). */
export function isYearOfBirth(year: number, asOf: Date): boolean {
  return Number.isInteger(year) && year >= EARLIEST_YEAR_OF_BIRTH && year <= asOf.getUTCFullYear();
}

/**
 * The possible ages on the day of `asOf` (UTC) of a person born in that year. On 31 December everyone has had their
 * birthday. A year that fails `isYearOfBirth` gives age 0, so that a typing mistake never grants access.
 */
export function ageRange(yearOfBirth: number, asOf: Date): AgeRange {
  if (!isYearOfBirth(yearOfBirth, asOf)) return { youngest: 0, oldest: 0 };
  const oldest = asOf.getUTCFullYear() - yearOfBirth;
  return { youngest: Math.max(0, isLastDayOfYear(asOf) ? oldest : oldest - 1), oldest };
}

/** Applies the policy to the youngest possible age on the day of `asOf`. */
export function ageStatusAt(yearOfBirth: number, asOf: Date, policy: AgePolicy): AgeStatus {
  const { youngest } = ageRange(yearOfBirth, asOf);
  if (youngest < policy.blockedBelowAge) return 'blocked';
  return youngest < policy.fullAccessFromAge ? 'consent' : 'full';
}

/** The first day on which nobody born in that year is blocked. Expects a valid year of birth. */
export function firstUnblockedDay(yearOfBirth: number, policy: Pick<AgePolicy, 'blockedBelowAge'>): Day {
  return `${yearOfBirth + policy.blockedBelowAge}-12-31`;
}

/** Formats the range as “17–18”, or “18” if only one age is possible. */
export function describeAge({ youngest, oldest }: AgeRange): string {
  return youngest === oldest ? String(oldest) : `${youngest}–${oldest}`;
}

/** “Full Access”, “Requires Consent” or “Blocked”. */
export function ageStatusLabel(status: AgeStatus): string {
  return t(`common:status.${status}`);
}

function isLastDayOfYear(date: Date): boolean {
  return date.getUTCMonth() === DECEMBER && date.getUTCDate() === 31;
}
