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
const REQUESTS = 40;
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

/** In turns, so that whatever else the machine does falls on both. */
async function growthOf(name: string, few: Office, many: Office): Promise<Growth> {
  const took: [number[], number[]] = [[], []];
  for (let turn = 0; turn < REQUESTS + WARM_UP; turn += 1) {
    for (const [place, { guest, pages }] of [few, many].entries()) {
      const start = performance.now();
      await guest.open(pages.get(name) ?? '');
      if (turn >= WARM_UP) took[place]?.push(performance.now() - start);
    }
  }
  const [fewMs, manyMs] = [p95(took[0]), p95(took[1])];
  return { name, fewMs, manyMs, ratio: manyMs / fewMs };
}

function p95(times: number[]): number {
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? 0;
}

/** The pages that grow most, and how many stay within one and a half times. */
export function describeGrowth(growth: readonly Growth[]): string {
  const worst = [...growth].sort((a, b) => b.ratio - a.ratio);
  const within = growth.filter(({ ratio }) => ratio <= 1.5).length;
  const mean = Math.exp(growth.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / growth.length);
  const shown = worst
    .slice(0, 25)
    .map(({ name, fewMs, manyMs, ratio }) =>
      [
        name.padEnd(60),
        fewMs.toFixed(1).padStart(8),
        manyMs.toFixed(1).padStart(8),
        ratio.toFixed(2).padStart(7),
      ].join(''),
    );
  return [
    `${growth.length} pages with ${MANY} invitations against ${FEW}: ${within} within 1.5 times, ${mean.toFixed(2)} on average (geometric)`,
    `${'the 25 that grow most'.padEnd(60)}  p95 ms  p95 ms  ratio`,
    ...shown,
  ].join('\n');
}
