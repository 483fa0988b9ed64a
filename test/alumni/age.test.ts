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
const day = (text: string) => new Date(`${text}T00:00:00Z`);

const years = fc.integer({ min: 1900, max: 2100 });
const yearsAndDays = fc.integer({
  min: day('1900-01-01').getTime() / DAY,
  max: day('2100-12-31').getTime() / DAY,
});
const anyMoment = fc
  .tuple(
    fc.oneof(
      yearsAndDays,
      // The days on which years and leap years turn come up more often than by chance.
      fc
        .tuple(years, fc.constantFrom('01-01', '02-28', '03-01', '12-30', '12-31'))
        .map(([year, rest]) => day(`${year}-${rest}`).getTime() / DAY),
      fc
        .constantFrom('1904-02-29', '2000-02-29', '2024-02-29', '2096-02-29')
        .map((text) => day(text).getTime() / DAY),
    ),
    fc.integer({ min: 0, max: DAY - 1 }),
  )
  .map(([days, milliseconds]) => new Date(days * DAY + milliseconds));

/** The exact age of somebody born on that day, whose birthday of a common year is 1 March if it is 29 February else. */
function exactAge(born: Date, asOf: Date): number {
  const birthday = Date.UTC(asOf.getUTCFullYear(), born.getUTCMonth(), born.getUTCDate());
  const hadBirthday = asOf.getTime() >= birthday;
  return asOf.getUTCFullYear() - born.getUTCFullYear() - (hadBirthday ? 0 : 1);
}

/** Youngest and oldest of everybody who is born on some day of that year, by `asOf`. */
function agesOfAllBornIn(year: number, asOf: Date): { youngest: number; oldest: number } {
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

describe('the ages that a year of birth leaves open', () => {
  it('are the least and the greatest age of everybody born in that year, on any day since', () => {
    fc.assert(
      fc.property(years, anyMoment, (year, asOf) => {
        fc.pre(year <= asOf.getUTCFullYear());
        expect(ageRange(year, asOf)).toEqual(agesOfAllBornIn(year, asOf));
      }),
      { numRuns: 200 },
    );
  });

  it('are right on every single day of a leap year and of a common year', () => {
    for (let at = day('2024-01-01').getTime(); at < day('2026-01-01').getTime(); at += DAY) {
      for (const year of [2006, 2008, 2010]) {
        expect(ageRange(year, new Date(at))).toEqual(agesOfAllBornIn(year, new Date(at)));
      }
    }
  });

  it('are one only on 31 December, up to its last millisecond in UTC', () => {
    expect(ageRange(2008, day('2026-12-30'))).toEqual({ youngest: 17, oldest: 18 });
    expect(ageRange(2008, day('2026-12-31'))).toEqual({ youngest: 18, oldest: 18 });
    expect(ageRange(2008, new Date('2026-12-31T23:59:59.999Z'))).toEqual({ youngest: 18, oldest: 18 });
    expect(ageRange(2008, day('2027-01-01'))).toEqual({ youngest: 18, oldest: 19 });
  });

  it('are those of a newborn for a year that can’t be one of birth', () => {
    const nonsense = fc.oneof(
      fc.integer({ min: 2027, max: 9999 }),
      fc.integer({ min: -5000, max: 1899 }),
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 1990.5),
    );
    fc.assert(
      fc.property(nonsense, (year) => {
        expect(isYearOfBirth(year, day('2026-06-15'))).toBe(false);
        expect(ageRange(year, day('2026-06-15'))).toEqual({ youngest: 0, oldest: 0 });
        expect(ageStatusAt(year, day('2026-06-15'), policy)).toBe('blocked');
      }),
    );
  });

  it('read as “17–18”, or as “18” where there is one', () => {
    expect(describeAge({ youngest: 17, oldest: 18 })).toBe('17–18');
    expect(describeAge({ youngest: 18, oldest: 18 })).toBe('18');
  });
});

describe('access by age', () => {
  it('is decided by the youngest possible age', () => {
    const asOf = day('2026-06-15');
    const access = (year: number) => ageStatusAt(year, asOf, policy);
    expect([2013, 2012, 2011, 2009, 2008, 2007].map(access)).toEqual([
      'blocked',
      'blocked',
      'consent',
      'consent',
      'consent',
      'full',
    ]);
  });

  it('follows the ages of the settings', () => {
    const asOf = day('2026-06-15');
    expect(ageStatusAt(2012, asOf, { blockedBelowAge: 13, fullAccessFromAge: 18 })).toBe('consent');
    expect(ageStatusAt(2009, asOf, { blockedBelowAge: 14, fullAccessFromAge: 16 })).toBe('full');
  });

  it('never shrinks as time goes on', () => {
    const rank = { blocked: 0, consent: 1, full: 2 };
    fc.assert(
      fc.property(years, anyMoment, anyMoment, (year, one, other) => {
        const [before, after] = one <= other ? [one, other] : [other, one];
        fc.pre(year <= before.getUTCFullYear());
        expect(rank[ageStatusAt(year, after, policy)]).toBeGreaterThanOrEqual(
          rank[ageStatusAt(year, before, policy)],
        );
      }),
    );
  });

  it('ends being blocked on the day of return, not a moment earlier', () => {
    fc.assert(
      fc.property(years, fc.integer({ min: 13, max: 17 }), (year, blockedBelowAge) => {
        const ages = { blockedBelowAge, fullAccessFromAge: 18 };
        const back = firstUnblockedDay(year, ages);
        expect(ageStatusAt(year, back, ages)).toBe('consent');
        expect(ageStatusAt(year, new Date(back.getTime() - 1), ages)).toBe('blocked');
      }),
    );
    expect(firstUnblockedDay(2013, policy)).toEqual(day('2027-12-31'));
  });

  it('has the words of the pages', () => {
    expect((['full', 'consent', 'blocked'] as const).map(ageStatusLabel)).toEqual([
      'Full Access',
      'Requires Consent',
      'Blocked',
    ]);
  });
});
