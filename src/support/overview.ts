import { LRUCache } from 'lru-cache';
import { countHeldForReview, countUnmatched } from '../alumni/matching/unmatched.ts';
import { countProfilesAwaitingConsent } from '../consents/awaiting-consent.ts';
import {
  countExpiring,
  type FiguresPart,
  type FiguresScope,
  findFirstInvitationDay,
  getInvitationFigures,
  type InvitationFigures,
  listRegistrationCounts,
  type RegistrationCount,
} from '../invitations/figures.ts';
import { dayOf, monthOf, type Period } from '../invitations/period.ts';
import { inSnapshot } from '../platform/db/database.ts';
import { listDistinctValues } from '../platform/db/paging.ts';

/** How the inviting goes. All figures are of the same moment. */
export type Overview = Readonly<{
  figures: InvitationFigures;
  /** Of all times, whatever the period. */
  expiring: number;
  waiting: number;
  /** Accounts, whatever the period, batch and center; counted up to 1,001. */
  held: number;
  unmatched: number;
  byBatch: readonly FiguresPart[];
  byCenter: readonly FiguresPart[];
  /** None missing: days or months in which nobody registered have 0. */
  registrations: Readonly<{ span: 'day' | 'month'; points: readonly RegistrationCount[] }>;
  /** Whether nobody has ever been invited. */
  isNew: boolean;
  /** What there is to choose from, by name. */
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

/** The figures of a scope, at most a minute old. */
export async function getOverview(scope: FiguresScope): Promise<Overview> {
  const key = JSON.stringify(scope);
  const overview = await overviewCache.forceFetch(key, { context: scope });
  // The first invitation is to be seen as soon as it is made.
  if (overview.isNew) overviewCache.delete(key);
  return overview;
}

/** The next look at the overview counts anew. */
export function clearOverviewCache(): void {
  overviewCache.clear();
}

function computeOverview(scope: FiguresScope, now: Date): Promise<Overview> {
  return inSnapshot(async () => {
    const { all, byBatch, byCenter } = await getInvitationFigures(scope);
    const first = await findFirstInvitationDay();
    return {
      figures: all,
      expiring: await countExpiring(scope),
      waiting: await countProfilesAwaitingConsent(scope),
      held: await countHeldForReview(),
      unmatched: await countUnmatched(),
      byBatch: byBatch.slice(0, MAX_PARTS),
      byCenter: byCenter.slice(0, MAX_PARTS),
      registrations: await registrationsOverTime(scope, first, now),
      isNew: first === null,
      batches: await listDistinctValues('invitations', 'batch'),
      centers: await listDistinctValues('invitations', 'center'),
    };
  });
}

async function registrationsOverTime(
  scope: FiguresScope,
  first: string | null,
  now: Date,
): Promise<Overview['registrations']> {
  const range = effectiveRange(scope.period, first, now);
  if (range === null) return { span: 'day', points: [] };
  const days = (Date.parse(range.until) - Date.parse(range.from)) / DAY_MS;
  const span = days < MAX_DAILY_POINTS ? 'day' : 'month';
  const found = await listRegistrationCounts(span, scope);
  const countsByStart = new Map(found.map(({ start, registered }) => [start, registered]));
  const points = intervalStarts(range, span).map((start) => ({
    start,
    registered: countsByStart.get(start) ?? 0,
  }));
  return { span, points };
}

/** The part of a period in which anything can have happened; null when there is none. */
function effectiveRange({ from, to }: Period, first: string | null, now: Date) {
  const today = dayOf(now);
  const until = to !== null && to < today ? to : today;
  const isShort = from !== null && Date.parse(until) - Date.parse(from) < MAX_DAILY_POINTS * DAY_MS;
  const start = isShort ? from : [from ?? '', first ?? today].sort().at(-1);
  return start !== undefined && start <= until ? { from: start, until } : null;
}

function intervalStarts({ from, until }: { from: string; until: string }, span: 'day' | 'month'): string[] {
  const starts: string[] = [];
  const at = new Date(`${span === 'day' ? from : monthOf(from)}T00:00:00Z`);
  while (dayOf(at) <= until) {
    starts.push(dayOf(at));
    if (span === 'day') at.setUTCDate(at.getUTCDate() + 1);
    else at.setUTCMonth(at.getUTCMonth() + 1);
  }
  return starts;
}
