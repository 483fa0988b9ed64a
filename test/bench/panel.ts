// What the staff's pages cost with a million invitations, against the same pages with ten thousand, in one run.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Guest } from './guest.ts';
import { admin, makeDatabase } from './prepare.ts';
import { type Child, productionEnvironment, startSite } from './site.ts';

/** One page with few and with many rows: the 95th percentile of both, in milliseconds. */
export type Growth = Readonly<{ name: string; fewMs: number; manyMs: number; ratio: number }>;

type Office = Readonly<{ site: Child; guest: Guest; pages: ReadonlyMap<string, string> }>;

const FEW = 10_000;
const MANY = 1_000_000;
const MOST_GROWTH = 1.5;
const REQUESTS = 40;
/** Two slow moments of the machine are the 95th percentile of forty: what seems to grow is asked more often. */
const MORE_REQUESTS = 160;
const WARM_UP = 5;

/** Measures every list, filter, search and order of the panel. Takes some minutes, most of them to fill the tables. */
export async function panelGrowth(adminUrl: string): Promise<Growth[]> {
  const few = await openOffice(adminUrl, FEW);
  const many = await openOffice(adminUrl, MANY);
  try {
    const growth: Growth[] = [];
    for (const name of few.pages.keys()) {
      if (many.pages.has(name)) growth.push(await growthOf(name, few, many));
    }
    return growth;
  } finally {
    await Promise.all([few.site.stop(), many.site.stop()]);
  }
}

async function openOffice(adminUrl: string, invitations: number): Promise<Office> {
  const environment = productionEnvironment(await makeDatabase(adminUrl));
  const pages = await fill(environment, invitations);
  const site = await startSite(environment);
  const guest = new Guest(site.port);
  await guest.send('/sign-in', await guest.open('/sign-in'), admin);
  return { site, guest, pages: new Map(pages) };
}

// In a process of its own: a process knows one database.
async function fill(environment: Record<string, string>, invitations: number): Promise<[string, string][]> {
  const args = ['--import', 'tsx', join(import.meta.dirname, 'fill.ts'), String(invitations)];
  const env = { ...process.env, ...environment, LOG_LEVEL: 'error' };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, maxBuffer: 10_000_000 });
  return JSON.parse(stdout);
}

async function growthOf(name: string, few: Office, many: Office): Promise<Growth> {
  const took: Took = [[], []];
  await timeInTurns(name, [few, many], WARM_UP, [[], []]);
  await timeInTurns(name, [few, many], REQUESTS, took);
  if (ratioOf(took) > MOST_GROWTH) await timeInTurns(name, [few, many], MORE_REQUESTS, took);
  return { name, fewMs: p95(took[0]), manyMs: p95(took[1]), ratio: ratioOf(took) };
}

type Took = readonly [few: number[], many: number[]];

/** In turns, so that whatever else the machine does falls on both. */
async function timeInTurns(name: string, offices: Office[], turns: number, took: Took): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    for (const [place, { guest, pages }] of offices.entries()) {
      const start = performance.now();
      await guest.open(pages.get(name) ?? '');
      took[place]?.push(performance.now() - start);
    }
  }
}

function ratioOf([few, many]: Took): number {
  return p95(many) / p95(few);
}

function p95(times: number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? 0;
}

/** How many pages stay within one and a half times, and those that don't. */
export function describeGrowth(growth: readonly Growth[]): string {
  const over = growth.filter(({ ratio }) => ratio > MOST_GROWTH).sort((a, b) => b.ratio - a.ratio);
  const mean = Math.exp(growth.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / growth.length);
  const shown = over.map(({ name, fewMs, manyMs, ratio }) =>
    [
      name.padEnd(60),
      fewMs.toFixed(1).padStart(8),
      manyMs.toFixed(1).padStart(8),
      ratio.toFixed(2).padStart(7),
    ].join(''),
  );
  return [
    `${growth.length} pages with ${MANY} invitations against ${FEW}: ${growth.length - over.length} within ${MOST_GROWTH} times, ${mean.toFixed(2)} on average (geometric)`,
    `${'those that grow more'.padEnd(60)}  p95 ms  p95 ms  ratio`,
    ...shown,
  ].join('\n');
}
