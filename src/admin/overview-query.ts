import type { Scope } from '../invitations/figures.ts';
import { lastDays, type Period } from '../invitations/period.ts';
import { filterIn } from './invitation-query.ts';
import { one } from './list-query.ts';

/** The periods that can be chosen, by their length in days. */
const lengths: Readonly<Record<string, number>> = { '7': 7, '30': 30, '90': 90, '365': 365 };

/** What is asked for: `?period=`, or `?from=` and `?to=`, with `?batch=` and `?center=`. */
export type OverviewQuery = Readonly<{ chosen: string; scope: Scope }>;

/** Whatever is no value of these is left aside. */
export function overviewQuery(typed: Record<string, unknown>, today: Date): OverviewQuery {
  const { batch, center, from, to } = filterIn(typed);
  const period = one(typed.period);
  const length = lengths[period];
  const scopeOf = (chosen: string, between: Period) => ({
    chosen,
    scope: { period: between, batch, center },
  });
  if (length !== undefined) return scopeOf(period, lastDays(length, today));
  if (from === null && to === null) return scopeOf('all', { from, to });
  return scopeOf('between', { from, to });
}

/** The fields of the invitations' list that narrow it to the same ones. */
export function sameInList({ period, batch, center }: Scope, withPeriod = true): Record<string, string> {
  const fields = { batch, center, ...(withPeriod ? period : {}) };
  const set = Object.entries(fields).filter(([, value]) => value !== null);
  return Object.fromEntries(set.map(([name, value]) => [name, String(value)]));
}
