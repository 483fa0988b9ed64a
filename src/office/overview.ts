import type { Transaction } from 'sequelize';
import { countWaiting } from '../consent/waiting.ts';
import { atOneMoment } from '../database.ts';
import { countExpiring, expiredUnnoted } from '../invitations/expiring.ts';
import {
  type Figures,
  figuresOf,
  firstDay,
  type Part,
  partsBy,
  type Registrations,
  registrationsBy,
  type Scope,
} from '../invitations/figures.ts';
import { dayOf, monthOf, type Period } from '../invitations/period.ts';

/** How the inviting goes. All figures are of the same moment. */
export type Overview = Readonly<{
  figures: Figures;
  pending: number;
  /** Of all times, whatever the period. */
  expiring: number;
  waiting: number;
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
const everything: Scope = { period: { from: null, to: null }, batch: null, center: null };

export function overviewOf(scope: Scope, now = new Date()): Promise<Overview> {
  return atOneMoment(async (transaction) => {
    const figures = await figuresOf(scope, transaction);
    const first = await firstDay(transaction);
    return {
      figures,
      pending: figures.open - (await expiredUnnoted(scope, transaction)),
      expiring: await countExpiring(scope, transaction),
      waiting: await countWaiting(scope, transaction),
      byBatch: await partsBy('batch', scope, MOST_PARTS, transaction),
      byCenter: await partsBy('center', scope, MOST_PARTS, transaction),
      registrations: await registrationsOf(scope, first, now, transaction),
      isNew: first === null,
      batches: await namesOf('batch', transaction),
      centers: await namesOf('center', transaction),
    };
  });
}

async function namesOf(divider: 'batch' | 'center', transaction: Transaction): Promise<string[]> {
  const parts = await partsBy(divider, everything, 300, transaction);
  return parts
    .map(({ name }) => name)
    .filter((name) => name !== '')
    .sort((one, other) => one.localeCompare(other, 'en', { numeric: true }));
}

async function registrationsOf(
  scope: Scope,
  first: string | null,
  now: Date,
  transaction: Transaction,
): Promise<Overview['registrations']> {
  const stretch = stretchOf(scope.period, first, now);
  if (stretch === null) return { span: 'day', points: [] };
  const days = (Date.parse(stretch.until) - Date.parse(stretch.from)) / DAY_MS;
  const span = days < MOST_DAYS ? 'day' : 'month';
  const found = await registrationsBy(span, scope, transaction);
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
