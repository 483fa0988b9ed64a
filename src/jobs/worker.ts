import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Logger,
  parseCrontab,
  type RunnerOptions,
  run,
  runOnce,
  type TaskList,
  type WorkerEvents,
} from 'graphile-worker';
import pg from 'pg';
import { config } from '../config.ts';
import { log } from '../log.ts';
import { Presence } from './presence.ts';

export type WorkerOptions = Readonly<{
  /** Lines of tasks to be run by the clock. */
  crontab?: string;
  /** How often the jobs of dead workers are looked for, in milliseconds. */
  sweepMs?: number;
}>;

type Run = Readonly<{ over: Promise<void>; stop(): Promise<void> }>;

// Mails wait for their server most of the time; more at once would only be more connections to it.
const JOBS_AT_ONCE = 5;
const RESTART_MS = 2_000;

/**
 * Runs jobs until it is stopped, through any outage of the database. `stop` lets running jobs finish.
 * @throws when the database can't be reached at the start
 */
export async function startWorker(
  tasks: TaskList,
  options: WorkerOptions = {},
): Promise<{ stop(): Promise<void> }> {
  let current = await startRun(tasks, options);
  let stopping = false;
  const supervised = supervise();
  return {
    async stop() {
      stopping = true;
      await current.stop();
      await supervised;
    },
  };

  // The queue gives up when the database stays away while a finished job is to be noted.
  async function supervise(): Promise<void> {
    await current.over;
    while (!stopping) {
      log.error('the worker broke off and starts again');
      await sleep(RESTART_MS);
      if (stopping) return;
      try {
        current = await startRun(tasks, options);
      } catch (error) {
        log.warn({ why: String(error) }, 'the worker can’t start yet');
        continue;
      }
      if (stopping) await current.stop();
      await current.over;
    }
  }
}

/** Runs all jobs that are due now, and returns when there are none left. */
export async function drain(tasks: TaskList): Promise<void> {
  const { settings, close } = settingsFor(tasks, {});
  try {
    await runOnce(settings);
  } finally {
    await close();
  }
}

async function startRun(tasks: TaskList, options: WorkerOptions): Promise<Run> {
  const { settings, ended, letGo, close } = settingsFor(tasks, options);
  try {
    const runner = await run(settings);
    runner.promise.catch((error) => log.error({ err: error }, 'the worker failed'));
    // Not when the runner has ended: its clock may sleep for a minute before it notices.
    const over = ended.then(close);
    return {
      over,
      async stop() {
        letGo();
        // It rejects when the run has ended by itself already.
        runner.stop().catch(() => {});
        await over;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function settingsFor(tasks: TaskList, { crontab = '', sweepMs }: WorkerOptions) {
  const pool = openPool();
  const events: WorkerEvents = new EventEmitter();
  let presence: Presence | undefined;
  // The queue names its worker itself, and tells the name before that worker looks for its first job.
  events.once('pool:create', ({ workerPool }) => {
    presence = new Presence(workerPool.id, sweepMs);
  });
  const ended = new Promise<void>((resolve) => events.once('pool:release', () => resolve()));
  const settings: RunnerOptions = {
    pgPool: pool,
    taskList: tasks,
    parsedCronItems: parseCrontab(crontab),
    concurrency: JOBS_AT_ONCE,
    noHandleSignals: true,
    events,
    logger,
    // Asked before each job is taken: the place to wait for the lock that shows this worker alive.
    forbiddenFlags: async () => {
      await presence?.held();
      return null;
    },
    // Not for speed: only batches are waited for when the worker stops, else done jobs may stay locked.
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
  };
  const close = async () => {
    await presence?.end();
    await pool.end();
  };
  return { settings, ended, letGo: () => presence?.stopTrying(), close };
}

function openPool(): pg.Pool {
  const pool = new pg.Pool({
    connectionString: config.databaseUrl,
    application_name: 'homecoming worker',
    // One more listens for new jobs, one is for the clock.
    max: JOBS_AT_ONCE + 2,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  // Heard, or the process would end; the queue connects again by itself.
  pool.on('error', () => {});
  pool.on('connect', (client) =>
    client.on('error', ({ message }) => log.warn({ why: message }, 'the worker lost a database connection')),
  );
  return pool;
}

// Only the text: what the queue would add to it holds the payloads.
const logger = new Logger(() => (level, text) => {
  log[level === 'warning' ? 'warn' : level](text);
});
