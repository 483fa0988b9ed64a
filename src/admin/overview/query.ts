import type { FiguresScope } from '../../invitations/figures.ts';
import { lastDays, type Period } from '../../invitations/period.ts';
import { singleParam } from '../../platform/http/list-query.ts';
import { parseInvitationFilter } from '../invitations/query.ts';

/** Lengths in days by the value of `?period=`. */
const periodLengths: Readonly<Record<string, number>> = { '7': 7, '30': 30, '90': 90, '365': 365 };

/** `?period=`, or `?from=` and `?to=`, with `?batch=` and `?center=`. `period` is the selected option of the form. */
export type OverviewQuery = Readonly<{ period: string; scope: FiguresScope }>;

/** Parses the query; invalid values are ignored. */
export function parseOverviewQuery(typed: Record<string, unknown>, today: Date): OverviewQuery {
  const { batch, center, from, to } = parseInvitationFilter(typed);
  const selected = singleParam(typed.period);
  const length = periodLengths[selected];
  const toQuery = (option: string, period: Period) => ({ period: option, scope: { period, batch, center } });
  if (length !== undefined) return toQuery(selected, lastDays(length, today));
  if (from === null && to === null) return toQuery('all', { from, to });
  return toQuery('between', { from, to });
}

/** The query parameters that filter the list of invitations by the same scope. */
export function scopeFilterFields(
  { period, batch, center }: FiguresScope,
  withPeriod = true,
): Record<string, string> {
  const fields = { batch, center, ...(withPeriod ? period : {}) };
  const set = Object.entries(fields).filter(([, value]) => value !== null);
  return Object.fromEntries(set.map(([name, value]) => [name, String(value)]));
}
