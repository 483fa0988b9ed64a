import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type DedicatedPostgres, startDedicatedPostgres } from '../../support/dedicated-postgres.ts';

type Outage = Readonly<{ begin(): Promise<unknown>; end(): Promise<unknown> }>;

const JOBS = 5;
// Five workers, one connection that listens, one for the clock, and the worker's presence.
const CONNECTIONS = 8;

let server: DedicatedPostgres;
let worker: { stop(): Promise<void> } | undefined;
let startWorker: typeof import('../../../src/platform/jobs/worker.ts').startWorker;

let underWay: number;
let done: number[];
let released: Promise<void>;
let release: () => void;

beforeAll(async () => {
  // What graphile-worker prints of each failed look for jobs.
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
  hold();
});
afterEach(async () => {
  release();
  await worker?.stop();
});

function hold(): void {
  underWay = 0;
  released = new Promise((resolve) => {
    release = resolve;
  });
}

// They end one after the other, as mails do: graphile-worker records each as done on its own.
async function job(payload: unknown): Promise<void> {
  const { n } = payload as { n: number };
  underWay += 1;
  await released;
  await sleep(20 * (n % JOBS));
  done.push(n);
}

function queueJobs(first: number): Promise<unknown> {
  return server.query(
    `select graphile_worker.add_job('job', json_build_object('n', n)) from generate_series(${first}, ${first + JOBS - 1}) n`,
  );
}

const jobsLeft = () => server.query('select id from graphile_worker.jobs');
const connections = () =>
  server.query(`select pid from pg_stat_activity where application_name like 'homecoming worker%'`);

/** Five jobs run while the outage begins and end during it; five more are queued after it. */
async function live(outage: Outage, first: number): Promise<void> {
  hold();
  await queueJobs(first);
  await vi.waitFor(() => expect(underWay).toBe(JOBS), { timeout: 30_000 });
  await outage.begin();
  release();
  await vi.waitFor(() => expect(done.length).toBeGreaterThanOrEqual(first + JOBS), { timeout: 10_000 });
  await outage.end();
  await queueJobs(first + JOBS);
  await vi.waitFor(async () => expect(await jobsLeft()).toEqual([]), { timeout: 30_000, interval: 100 });
  const all = Array.from({ length: first + 2 * JOBS }, (_, n) => n);
  expect([...new Set(done)].sort((a, b) => a - b)).toEqual(all);
  expect((await connections()).length).toBeLessThanOrEqual(CONNECTIONS);
}

const setting = (change: string) => server.query(`alter system ${change}`, 'select pg_reload_conf()');

const readOnly: Outage = {
  begin: () => setting('set default_transaction_read_only = on'),
  async end() {
    // How long the outage lasts: long enough for a worker that starts again during it.
    await sleep(3_000);
    await setting('reset default_transaction_read_only');
  },
};

const outages: [string, Outage][] = [
  ['is stopped', { begin: () => server.stop('SIGINT'), end: () => server.start() }],
  ['is stopped without a shutdown', { begin: () => server.stop('SIGQUIT'), end: () => server.start() }],
  ['only reads', readOnly],
  [
    'refuses connections',
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
    'is stopped and only reads afterwards',
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
    await live(outage, 0);
    await live(outage, 2 * JOBS);
    await worker?.stop();
    await vi.waitFor(async () => expect(await connections()).toEqual([]), { timeout: 10_000 });
  });

  test.each(combined)('recovers when PostgreSQL %s', (_, outage) => live(outage, 0));
});
