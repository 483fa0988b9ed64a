import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type DedicatedPostgres, startDedicatedPostgres } from '../../support/dedicated-postgres.ts';

type Outage = Readonly<{ begin(): Promise<unknown>; end(): Promise<unknown> }>;

const JOBS = 5;
// Five workers, one for LISTEN, one for the scheduler, and one for the worker lock.
const CONNECTIONS = 8;

let server: DedicatedPostgres;
let worker: { stop(): Promise<void> } | undefined;
let startWorker: typeof import('../../../src/platform/jobs/worker.ts').startWorker;

let runningCount: number;
let done: number[];
let released: Promise<void>;
let release: () => void;

beforeAll(async () => {
  // graphile-worker prints a trace for each failed query for jobs.
  vi.spyOn(console, 'trace').mockImplementation(() => {});
  server = await startDedicatedPostgres();
  process.env.DATABASE_URL = server.url;
  ({ startWorker } = await import('../../../src/platform/jobs/worker.ts'));
});
afterAll(async () => {
  vi.restoreAllMocks();
  await server.remove();
});
beforeEach(async () => {
  worker = await startWorker({ job }, { sweepMs: 200 });
  done = [];
  holdJobs();
});
afterEach(async () => {
  release();
  await worker?.stop();
});

function holdJobs(): void {
  runningCount = 0;
  released = new Promise((resolve) => {
    release = resolve;
  });
}

// Jobs end one after another, like mails do, so that graphile-worker completes each one separately.
async function job(payload: unknown): Promise<void> {
  const { n } = payload as { n: number };
  runningCount += 1;
  await released;
  await sleep(20 * (n % JOBS));
  done.push(n);
}

function queueJobs(first: number): Promise<unknown> {
  return server.query(
    `select graphile_worker.add_job('job', json_build_object('n', n)) from generate_series(${first}, ${first + JOBS - 1}) n`,
  );
}

const remainingJobs = () => server.query('select id from graphile_worker.jobs');
const connections = () =>
  server.query(`select pid from pg_stat_activity where application_name like 'homecoming worker%'`);

/** Five jobs run when the outage begins and end during it; five more are queued after it. */
async function surviveOutage(outage: Outage, first: number): Promise<void> {
  holdJobs();
  await queueJobs(first);
  await vi.waitFor(() => expect(runningCount).toBe(JOBS), { timeout: 30_000 });
  await outage.begin();
  release();
  await vi.waitFor(() => expect(done.length).toBeGreaterThanOrEqual(first + JOBS), { timeout: 10_000 });
  await outage.end();
  await queueJobs(first + JOBS);
  await vi.waitFor(async () => expect(await remainingJobs()).toEqual([]), { timeout: 30_000, interval: 100 });
  const all = Array.from({ length: first + 2 * JOBS }, (_, n) => n);
  expect([...new Set(done)].sort((a, b) => a - b)).toEqual(all);
  expect((await connections()).length).toBeLessThanOrEqual(CONNECTIONS);
}

const changeSetting = (change: string) => server.query(`alter system ${change}`, 'select pg_reload_conf()');

const readOnly: Outage = {
  begin: () => changeSetting('set default_transaction_read_only = on'),
  async end() {
    // Long enough for the worker to restart during the outage.
    await sleep(3_000);
    await changeSetting('reset default_transaction_read_only');
  },
};

const outages: [string, Outage][] = [
  ['is stopped', { begin: () => server.stop('SIGINT'), end: () => server.start() }],
  ['crashes', { begin: () => server.stop('SIGQUIT'), end: () => server.start() }],
  ['becomes read-only', readOnly],
  [
    'rejects connections',
    {
      begin: () =>
        server.query(
          'alter role homecoming connection limit 0',
          `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'homecoming'`,
        ),
      end: () => server.query('alter role homecoming connection limit -1'),
    },
  ],
];

const combined: [string, Outage][] = [
  [
    'is stopped again before the worker has recovered',
    {
      async begin() {
        await server.stop('SIGINT');
        await server.start();
        await server.stop('SIGQUIT');
      },
      async end() {
        await server.start();
        await server.stop('SIGINT');
        await server.start();
      },
    },
  ],
  [
    'is stopped and then read-only',
    {
      async begin() {
        await readOnly.begin();
        await server.stop('SIGINT');
      },
      async end() {
        await server.start();
        await readOnly.end();
      },
    },
  ],
];

describe('the worker', { timeout: 100_000 }, () => {
  test.each(outages)('recovers when PostgreSQL %s while jobs run, twice in a row', async (_, outage) => {
    await surviveOutage(outage, 0);
    await surviveOutage(outage, 2 * JOBS);
    await worker?.stop();
    await vi.waitFor(async () => expect(await connections()).toEqual([]), { timeout: 10_000 });
  });

  test.each(combined)('recovers when PostgreSQL %s', (_, outage) => surviveOutage(outage, 0));
});
