import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ageRange,
  ageStatusAt,
  ageStatusLabel,
  describeAge,
  firstUnblockedDay,
  isYearOfBirth,
} from '../../src/alumni/age.ts';

const DAY = 86_400_000;
const policy = { blockedBelowAge: 14, fullAccessFromAge: 18 };
const utcDay = (text: string) => new Date(`${text}T00:00:00Z`);

const yearArbitrary = fc.integer({ min: 1900, max: 2100 });
const dayArbitrary = fc.integer({
  min: utcDay('1900-01-01').getTime() / DAY,
  max: utcDay('2100-12-31').getTime() / DAY,
});
const momentArbitrary = fc
  .tuple(
    fc.oneof(
      dayArbitrary,
      // Boundaries of years and leap years occur more often than by chance.
      fc
        .tuple(yearArbitrary, fc.constantFrom('01-01', '02-28', '03-01', '12-30', '12-31'))
        .map(([year, rest]) => utcDay(`${year}-${rest}`).getTime() / DAY),
      fc
        .constantFrom('1904-02-29', '2000-02-29', '2024-02-29', '2096-02-29')
        .map((text) => utcDay(text).getTime() / DAY),
    ),
    fc.integer({ min: 0, max: DAY - 1 }),
  )
  .map(([days, milliseconds]) => new Date(days * DAY + milliseconds));

/** The exact age of a person. Someone born on 29 February has their birthday on 1 March in common years. */
function exactAge(born: Date, asOf: Date): number {
  const birthday = Date.UTC(asOf.getUTCFullYear(), born.getUTCMonth(), born.getUTCDate());
  const hadBirthday = asOf.getTime() >= birthday;
  return asOf.getUTCFullYear() - born.getUTCFullYear() - (hadBirthday ? 0 : 1);
}

/** The minimum and maximum age on `asOf` over all days of birth in that year. */
function possibleAges(year: number, asOf: Date): { youngest: number; oldest: number } {
  let [youngest, oldest] = [Number.POSITIVE_INFINITY, 0];
  for (
    let born = Date.UTC(year, 0, 1);
    born < Date.UTC(year + 1, 0, 1) && born <= asOf.getTime();
    born += DAY
  ) {
    const age = exactAge(new Date(born), asOf);
    youngest = Math.min(youngest, age);
    oldest = Math.max(oldest, age);
  }
  return { youngest, oldest };
}

describe('the age range of a year of birth', () => {
  it('equals the minimum and maximum age of all days of birth', () => {
    fc.assert(
      fc.property(yearArbitrary, momentArbitrary, (year, asOf) => {
        fc.pre(year <= asOf.getUTCFullYear());
        expect(ageRange(year, asOf)).toEqual(possibleAges(year, asOf));
      }),
      { numRuns: 200 },
    );
  });

  it('is correct on every day of a leap year and of a common year', () => {
    for (let at = utcDay('2024-01-01').getTime(); at < utcDay('2026-01-01').getTime(); at += DAY) {
      for (const year of [2006, 2008, 2010]) {
        expect(ageRange(year, new Date(at))).toEqual(possibleAges(year, new Date(at)));
      }
    }
  });

  it('is a single age only on 31 December (UTC)', () => {
    expect(ageRange(2008, utcDay('2026-12-30'))).toEqual({ youngest: 17, oldest: 18 });
    expect(ageRange(2008, utcDay('2026-12-31'))).toEqual({ youngest: 18, oldest: 18 });
    expect(ageRange(2008, new Date('2026-12-31T23:59:59.999Z'))).toEqual({ youngest: 18, oldest: 18 });
    expect(ageRange(2008, utcDay('2027-01-01'))).toEqual({ youngest: 18, oldest: 19 });
  });

  it('is 0 for an invalid year of birth', () => {
    const invalidYear = fc.oneof(
      fc.integer({ min: 2027, max: 9999 }),
      fc.integer({ min: -5000, max: 1899 }),
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 1990.5),
    );
    fc.assert(
      fc.property(invalidYear, (year) => {
        expect(isYearOfBirth(year, utcDay('2026-06-15'))).toBe(false);
        expect(ageRange(year, utcDay('2026-06-15'))).toEqual({ youngest: 0, oldest: 0 });
        expect(ageStatusAt(year, utcDay('2026-06-15'), policy)).toBe('blocked');
      }),
    );
  });

  it('is formatted as “17–18”, or as “18” for a single age', () => {
    expect(describeAge({ youngest: 17, oldest: 18 })).toBe('17–18');
    expect(describeAge({ youngest: 18, oldest: 18 })).toBe('18');
  });
});

describe('the age status', () => {
  it('depends on the youngest possible age', () => {
    const asOf = utcDay('2026-06-15');
    const statusOf = (year: number) => ageStatusAt(year, asOf, policy);
    expect([2013, 2012, 2011, 2009, 2008, 2007].map(statusOf)).toEqual([
      'blocked',
      'blocked',
      'consent',
      'consent',
      'consent',
      'full',
    ]);
  });

  it('depends on the age limits in the settings', () => {
    const asOf = utcDay('2026-06-15');
    expect(ageStatusAt(2012, asOf, { blockedBelowAge: 13, fullAccessFromAge: 18 })).toBe('consent');
    expect(ageStatusAt(2009, asOf, { blockedBelowAge: 14, fullAccessFromAge: 16 })).toBe('full');
  });

  it('never becomes more restrictive over time', () => {
    const rank = { blocked: 0, consent: 1, full: 2 };
    fc.assert(
      fc.property(yearArbitrary, momentArbitrary, momentArbitrary, (year, first, second) => {
        const [before, after] = first <= second ? [first, second] : [second, first];
        fc.pre(year <= before.getUTCFullYear());
        expect(rank[ageStatusAt(year, after, policy)]).toBeGreaterThanOrEqual(
          rank[ageStatusAt(year, before, policy)],
        );
      }),
    );
  });

  it('changes from blocked exactly at the start of the first unblocked day', () => {
    fc.assert(
      fc.property(yearArbitrary, fc.integer({ min: 13, max: 17 }), (year, blockedBelowAge) => {
        const ages = { blockedBelowAge, fullAccessFromAge: 18 };
        const unblockedDay = new Date(firstUnblockedDay(year, ages));
        expect(ageStatusAt(year, unblockedDay, ages)).toBe('consent');
        expect(ageStatusAt(year, new Date(unblockedDay.getTime() - 1), ages)).toBe('blocked');
      }),
    );
    expect(firstUnblockedDay(2013, policy)).toBe('2027-12-31');
  });

  it('has labels for pages', () => {
    expect((['full', 'consent', 'blocked'] as const).map(ageStatusLabel)).toEqual([
      'Full Access',
      'Requires Consent',
      'Blocked',
    ]);
  });
});
