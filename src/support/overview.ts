import { LRUCache } from 'lru-cache';
import { countHeldForReview, countUnmatched } from '../alumni/matching/unmatched.ts';
import { countProfilesAwaitingConsent } from '../consents/awaiting-consent.ts';
import {
  countExpiring,
  type FiguresScope,
  findFirstInvitationDay,
  type GroupedFigures,
  getInvitationFigures,
  type InvitationFigures,
  listRegistrationCounts,
  type RegistrationCount,
} from '../invitations/figures.ts';
import { addDays, monthOf, type Period } from '../invitations/period.ts';
import { inSnapshot } from '../platform/db/database.ts';
import { listDistinctValues } from '../platform/db/paging.ts';
import { dayOf } from '../platform/i18n/dates.ts';

/** The figures of the overview page, all from one database snapshot. */
export type Overview = Readonly<{
  figures: InvitationFigures;
  /** Invitations that expire within 24 hours; the period is ignored. */
  expiring: number;
  /** Profiles of minors; the period is ignored. */
  awaitingConsent: number;
  /** Accounts, counted up to 1,001; period, batch and center are ignored. */
  heldForReview: number;
  /** Accounts, counted like `heldForReview`. */
  unmatched: number;
  byBatch: readonly GroupedFigures[];
  byCenter: readonly GroupedFigures[];
  /** One point for each day or month, including those without registrations. */
  registrations: Readonly<{ interval: 'day' | 'month'; points: readonly RegistrationCount[] }>;
  /** Whether nobody was ever invited. */
  hasNoInvitations: boolean;
  /** The options of the filters. */
  batches: readonly string[];
  centers: readonly string[];
}>;

const MAX_PARTS = 100;
const MAX_DAILY_POINTS = 92;
const DAY_MS = 24 * 60 * 60 * 1000;

const overviewCache = new LRUCache<string, Overview, FiguresScope>({
  max: 100,
  ttl: 60_000,
  fetchMethod: (_key, _stale, { context }) => computeOverview(context, new Date()),
});

/** The figures of a scope, cached for a minute. */
export async function getOverview(scope: FiguresScope): Promise<Overview> {
  const key = JSON.stringify(scope);
  const overview = await overviewCache.forceFetch(key, { context: scope });
  // The page should change as soon as the first invitation is created.
  if (overview.hasNoInvitations) overviewCache.delete(key);
  return overview;
}

export function clearOverviewCache(): void {
  overviewCache.clear();
}

function computeOverview(scope: FiguresScope, now: Date): Promise<Overview> {
  return inSnapshot(async () => {
    const { all, byBatch, byCenter } = await getInvitationFigures(scope);
    const firstDay = await findFirstInvitationDay();
    return {
      figures: all,
      expiring: await countExpiring(scope),
      awaitingConsent: await countProfilesAwaitingConsent(scope),
      heldForReview: await countHeldForReview(),
      unmatched: await countUnmatched(),
      byBatch: byBatch.slice(0, MAX_PARTS),
      byCenter: byCenter.slice(0, MAX_PARTS),
      registrations: await registrationsOverTime(scope, firstDay, now),
      hasNoInvitations: firstDay === null,
      batches: await listDistinctValues('invitations', 'batch'),
      centers: await listDistinctValues('invitations', 'center'),
    };
  });
}

async function registrationsOverTime(
  scope: FiguresScope,
  firstDay: string | null,
  now: Date,
): Promise<Overview['registrations']> {
  const range = effectiveRange(scope.period, firstDay, now);
  if (range === null) return { interval: 'day', points: [] };
  const days = (Date.parse(range.until) - Date.parse(range.from)) / DAY_MS;
  const interval = days < MAX_DAILY_POINTS ? 'day' : 'month';
  const found = await listRegistrationCounts(interval, scope);
  const countsByStart = new Map(found.map(({ start, registered }) => [start, registered]));
  const points = intervalStarts(range, interval).map((start) => ({
    start,
    registered: countsByStart.get(start) ?? 0,
  }));
  return { interval, points };
}

/** The part of a period that the chart shows: a long one begins with the first invitation. Null if nothing is left. */
function effectiveRange({ from, to }: Period, firstDay: string | null, now: Date) {
  const today = dayOf(now);
  const until = to !== null && to < today ? to : today;
  const isShort = from !== null && Date.parse(until) - Date.parse(from) < MAX_DAILY_POINTS * DAY_MS;
  const start = isShort ? from : [from ?? '', firstDay ?? today].sort().at(-1);
  return start !== undefined && start <= until ? { from: start, until } : null;
}

function intervalStarts(
  { from, until }: { from: string; until: string },
  interval: 'day' | 'month',
): string[] {
  const starts: string[] = [];
  let start = interval === 'day' ? from : monthOf(from);
  while (start <= until) {
    starts.push(start);
    start = interval === 'day' ? addDays(start, 1) : monthOf(addDays(start, 31));
  }
  return starts;
}
