// Measures the staff pages with a million invitations.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dashboardPages } from './dashboard.ts';
import { Guest } from './guest.ts';
import { admin, createDatabase } from './prepare.ts';
import { productionEnvironment, startSite } from './site.ts';
import type { Write } from './writes.ts';

export type Kind = 'list' | 'pair of filters' | 'search' | 'search without a result' | 'overview';

/** `uniquePaths`: variants of the path, each requested once, for pages whose figures are cached. */
export type PanelPage = Readonly<{ kind: Kind; path: string; uniquePaths?: readonly string[] }>;

type MeasuredPage = PanelPage & Readonly<{ p50Ms: number; p95Ms: number }>;

const INVITATIONS = 1_000_000;
const REQUESTS = 20;
const WARM_UP = 2;

/** The maximum p95 of each kind of page, in milliseconds. */
const MAX_P95_MS: Readonly<Record<Kind, number>> = {
  list: 60,
  'pair of filters': 60,
  search: 150,
  'search without a result': 2_500,
  overview: 250,
};

/** Measures every list, filter, search and order. Takes minutes, mostly to fill the tables. */
export async function measurePanel(adminUrl: string): Promise<string> {
  const environment = productionEnvironment(await createDatabase(adminUrl));
  const { pages, writes } = await fill(environment);
  const site = await startSite(environment);
  try {
    const guest = new Guest(site.port);
    await guest.submit('/sign-in', await guest.open('/sign-in'), admin);
    const measured: MeasuredPage[] = [];
    for (const page of [...pages, ...dashboardPages(REQUESTS)]) measured.push(await measure(page, guest));
    return [...describePages(measured), '', ...describeWrites(writes)].join('\n');
  } finally {
    await site.stop();
  }
}

type FillResult = Readonly<{ pages: PanelPage[]; writes: Write[] }>;

// In another process, because the database is fixed per process.
async function fill(environment: Record<string, string>): Promise<FillResult> {
  const args = ['--import', 'tsx', join(import.meta.dirname, 'fill.ts'), String(INVITATIONS)];
  const env = { ...process.env, ...environment, LOG_LEVEL: 'error' };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, maxBuffer: 10_000_000 });
  return JSON.parse(stdout);
}

async function measure(page: PanelPage, guest: Guest): Promise<MeasuredPage> {
  for (let n = 0; n < WARM_UP; n += 1) await guest.open(page.path);
  const times: number[] = [];
  for (let n = 0; n < REQUESTS; n += 1) {
    const start = performance.now();
    await guest.open(page.uniquePaths?.[n] ?? page.path);
    times.push(performance.now() - start);
  }
  return { ...page, p50Ms: quantile(times, 0.5), p95Ms: quantile(times, 0.95) };
}

function quantile(times: readonly number[], share: number): number {
  const last = times.length - 1;
  return [...times].sort((a, b) => a - b)[Math.min(last, Math.round(last * share))] ?? 0;
}

function describePages(measured: readonly MeasuredPage[]): string[] {
  const kinds = Object.entries(MAX_P95_MS) as [Kind, number][];
  const lines = kinds.map(([kind, limit]) => {
    const durations = measured.filter((page) => page.kind === kind).map(({ p95Ms }) => p95Ms);
    const over = durations.filter((ms) => ms > limit).length;
    const figures = [
      durations.length,
      limit,
      quantile(durations, 0.5),
      quantile(durations, 0.95),
      Math.max(...durations),
      over,
    ];
    return kind.padEnd(24) + figures.map((figure) => figure.toFixed(0).padStart(10)).join('');
  });
  const over = measured
    .filter(({ kind, p95Ms }) => p95Ms > MAX_P95_MS[kind])
    .sort((a, b) => b.p95Ms - a.p95Ms)
    .map(
      ({ path, p50Ms, p95Ms }) => `${p50Ms.toFixed(0).padStart(6)}${p95Ms.toFixed(0).padStart(6)}  ${path}`,
    );
  return [
    `Pages with ${INVITATIONS.toLocaleString('en')} invitations, milliseconds at the 95th percentile of ${REQUESTS} requests`,
    ''.padEnd(24) +
      ['pages', 'limit', 'median', 'p95', 'worst', 'over'].map((heading) => heading.padStart(10)).join(''),
    ...lines,
    ...(over.length > 0 ? ['', 'Over the limit: p50, p95, page', ...over] : []),
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
