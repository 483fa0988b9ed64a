import { LRUCache } from 'lru-cache';
import { countWaiting } from '../consent/waiting.ts';
import { atOneMoment } from '../database.ts';
import {
  countExpiring,
  type Figures,
  figuresOf,
  firstDay,
  type Part,
  type Registrations,
  registrationsBy,
  type Scope,
} from '../invitations/figures.ts';
import { dayOf, monthOf, type Period } from '../invitations/period.ts';
import { distinctValues } from '../paging.ts';
import { countHeld, countUnmatched } from '../register/unmatched.ts';

/** How the inviting goes. All figures are of the same moment. */
export type Overview = Readonly<{
  figures: Figures;
  /** Of all times, whatever the period. */
  expiring: number;
  waiting: number;
  /** Accounts, whatever the period, batch and center; counted up to 1,001. */
  held: number;
  unmatched: number;
  byBatch: readonly Part[];
  byCenter: readonly Part[];
  /** None missing: days or months in which nobody registered have 0. */
  registrations: Readonly<{ span: 'day' | 'month'; points: readonly Registrations[] }>;
  /** Whether nobody has ever been invited. */
  isNew: boolean;
  /** What there is to choose from, by name. */
  batches: readonly string[];
  centers: readonly string[];
}>;

const MOST_PARTS = 100;
const MOST_DAYS = 92;
const DAY_MS = 24 * 60 * 60 * 1000;

const lately = new LRUCache<string, Overview, Scope>({
  max: 100,
  ttl: 60_000,
  fetchMethod: (_key, _stale, { context }) => readOverview(context, new Date()),
});

/** The figures of a scope, at most a minute old. */
export async function overviewOf(scope: Scope): Promise<Overview> {
  const key = JSON.stringify(scope);
  const overview = await lately.forceFetch(key, { context: scope });
  // The first invitation is to be seen as soon as it is made.
  if (overview.isNew) lately.delete(key);
  return overview;
}

/** The next look at the overview counts anew. */
export function forgetOverviews(): void {
  lately.clear();
}

function readOverview(scope: Scope, now: Date): Promise<Overview> {
  return atOneMoment(async () => {
    const { all, byBatch, byCenter } = await figuresOf(scope);
    const first = await firstDay();
    return {
      figures: all,
      expiring: await countExpiring(scope),
      waiting: await countWaiting(scope),
      held: await countHeld(),
      unmatched: await countUnmatched(),
      byBatch: byBatch.slice(0, MOST_PARTS),
      byCenter: byCenter.slice(0, MOST_PARTS),
      registrations: await registrationsOf(scope, first, now),
      isNew: first === null,
      batches: await distinctValues('invitations', 'batch'),
      centers: await distinctValues('invitations', 'center'),
    };
  });
}

async function registrationsOf(
  scope: Scope,
  first: string | null,
  now: Date,
): Promise<Overview['registrations']> {
  const stretch = stretchOf(scope.period, first, now);
  if (stretch === null) return { span: 'day', points: [] };
  const days = (Date.parse(stretch.until) - Date.parse(stretch.from)) / DAY_MS;
  const span = days < MOST_DAYS ? 'day' : 'month';
  const found = await registrationsBy(span, scope);
  const known = new Map(found.map(({ start, registered }) => [start, registered]));
  const points = startsIn(stretch, span).map((start) => ({ start, registered: known.get(start) ?? 0 }));
  return { span, points };
}

/** The part of a period in which anything can have happened; null when there is none. */
function stretchOf({ from, to }: Period, first: string | null, now: Date) {
  const today = dayOf(now);
  const until = to !== null && to < today ? to : today;
  const isShort = from !== null && Date.parse(until) - Date.parse(from) < MOST_DAYS * DAY_MS;
  const start = isShort ? from : [from ?? '', first ?? today].sort().at(-1);
  return start !== undefined && start <= until ? { from: start, until } : null;
}

function startsIn({ from, until }: { from: string; until: string }, span: 'day' | 'month'): string[] {
  const starts: string[] = [];
  const at = new Date(`${span === 'day' ? from : monthOf(from)}T00:00:00Z`);
  while (dayOf(at) <= until) {
    starts.push(dayOf(at));
    if (span === 'day') at.setUTCDate(at.getUTCDate() + 1);
    else at.setUTCMonth(at.getUTCMonth() + 1);
  }
  return starts;
}
