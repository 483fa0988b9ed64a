import type { FiguresScope } from '../../invitations/figures.ts';
import { lastDays, type Period } from '../../invitations/period.ts';
import { singleParam } from '../../platform/http/list-query.ts';
import { parseInvitationFilter } from '../invitations/query.ts';

/** The periods that can be chosen, by their length in days. */
const periodLengths: Readonly<Record<string, number>> = { '7': 7, '30': 30, '90': 90, '365': 365 };

/** What is asked for: `?period=`, or `?from=` and `?to=`, with `?batch=` and `?center=`. */
export type OverviewQuery = Readonly<{ chosen: string; scope: FiguresScope }>;

/** Whatever is no value of these is left aside. */
export function parseOverviewQuery(typed: Record<string, unknown>, today: Date): OverviewQuery {
  const { batch, center, from, to } = parseInvitationFilter(typed);
  const period = singleParam(typed.period);
  const length = periodLengths[period];
  const scopeOf = (chosen: string, between: Period) => ({
    chosen,
    scope: { period: between, batch, center },
  });
  if (length !== undefined) return scopeOf(period, lastDays(length, today));
  if (from === null && to === null) return scopeOf('all', { from, to });
  return scopeOf('between', { from, to });
}

/** The fields of the invitations' list that narrow it to the same ones. */
export function scopeFilterFields(
  { period, batch, center }: FiguresScope,
  withPeriod = true,
): Record<string, string> {
  const fields = { batch, center, ...(withPeriod ? period : {}) };
  const set = Object.entries(fields).filter(([, value]) => value !== null);
  return Object.fromEntries(set.map(([name, value]) => [name, String(value)]));
}
