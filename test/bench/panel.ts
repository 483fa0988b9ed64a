// What the staff's pages cost with a million invitations.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dashboardPages } from './dashboard.ts';
import { Guest } from './guest.ts';
import { admin, makeDatabase } from './prepare.ts';
import { productionEnvironment, startSite } from './site.ts';
import type { Write } from './writes.ts';

export type Kind = 'list' | 'pair of filters' | 'search' | 'search without a hit' | 'overview';

/** `once`: addresses of the same page that are each asked for once, where the site remembers its answer. */
export type PanelPage = Readonly<{ kind: Kind; path: string; once?: readonly string[] }>;

type Measured = PanelPage & Readonly<{ p50Ms: number; p95Ms: number }>;

const INVITATIONS = 1_000_000;
const REQUESTS = 20;
const WARM_UP = 2;

/** What each kind of page is expected to stay under, in milliseconds at the 95th percentile. */
const EXPECTED: Readonly<Record<Kind, number>> = {
  list: 60,
  'pair of filters': 60,
  search: 150,
  'search without a hit': 2_500,
  overview: 250,
};

/** Measures every list, filter, search and order of the panel. Takes some minutes, many of them to fill the tables. */
export async function measurePanel(adminUrl: string): Promise<string> {
  const environment = productionEnvironment(await makeDatabase(adminUrl));
  const { pages, writes } = await fill(environment);
  const site = await startSite(environment);
  try {
    const guest = new Guest(site.port);
    await guest.send('/sign-in', await guest.open('/sign-in'), admin);
    const measured: Measured[] = [];
    for (const page of [...pages, ...dashboardPages(REQUESTS)]) measured.push(await measure(page, guest));
    return [...describePages(measured), '', ...describeWrites(writes)].join('\n');
  } finally {
    await site.stop();
  }
}

type Filled = Readonly<{ pages: PanelPage[]; writes: Write[] }>;

// In a process of its own: a process knows one database.
async function fill(environment: Record<string, string>): Promise<Filled> {
  const args = ['--import', 'tsx', join(import.meta.dirname, 'fill.ts'), String(INVITATIONS)];
  const env = { ...process.env, ...environment, LOG_LEVEL: 'error' };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, maxBuffer: 10_000_000 });
  return JSON.parse(stdout);
}

async function measure(page: PanelPage, guest: Guest): Promise<Measured> {
  for (let n = 0; n < WARM_UP; n += 1) await guest.open(page.path);
  const times: number[] = [];
  for (let n = 0; n < REQUESTS; n += 1) {
    const start = performance.now();
    await guest.open(page.once?.[n] ?? page.path);
    times.push(performance.now() - start);
  }
  return { ...page, p50Ms: quantile(times, 0.5), p95Ms: quantile(times, 0.95) };
}

function quantile(times: readonly number[], share: number): number {
  const last = times.length - 1;
  return [...times].sort((a, b) => a - b)[Math.min(last, Math.round(last * share))] ?? 0;
}

function describePages(measured: readonly Measured[]): string[] {
  const kinds = Object.entries(EXPECTED) as [Kind, number][];
  const lines = kinds.map(([kind, expected]) => {
    const ofKind = measured.filter((page) => page.kind === kind).map(({ p95Ms }) => p95Ms);
    const over = ofKind.filter((ms) => ms > expected).length;
    const figures = [
      ofKind.length,
      expected,
      quantile(ofKind, 0.5),
      quantile(ofKind, 0.95),
      Math.max(...ofKind),
      over,
    ];
    return kind.padEnd(24) + figures.map((figure) => figure.toFixed(0).padStart(10)).join('');
  });
  const over = measured
    .filter(({ kind, p95Ms }) => p95Ms > EXPECTED[kind])
    .sort((a, b) => b.p95Ms - a.p95Ms)
    .map(
      ({ path, p50Ms, p95Ms }) => `${p50Ms.toFixed(0).padStart(6)}${p95Ms.toFixed(0).padStart(6)}  ${path}`,
    );
  return [
    `Pages with ${INVITATIONS.toLocaleString('en')} invitations, milliseconds at the 95th percentile of ${REQUESTS} requests`,
    ''.padEnd(24) +
      ['pages', 'expected', 'median', 'p95', 'worst', 'over'].map((head) => head.padStart(10)).join(''),
    ...lines,
    ...(over.length > 0 ? ['', 'Over what is expected: p50, p95, page', ...over] : []),
  ];
}

function describeWrites(writes: readonly Write[]): string[] {
  return [
    `${'Writes, seconds'.padEnd(40)}${'product'.padStart(10)}${'plain'.padStart(10)}${'ratio'.padStart(10)}`,
    ...writes.map(
      ({ name, seconds, plainSeconds, ratio }) =>
        name.padEnd(40) +
        [seconds, plainSeconds, ratio].map((figure) => figure.toFixed(2).padStart(10)).join(''),
    ),
  ];
}
