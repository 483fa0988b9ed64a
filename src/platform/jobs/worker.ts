import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Logger,
  parseCrontab,
  type Runner,
  type RunnerOptions,
  run,
  runOnce,
  type TaskList,
  type WorkerEvents,
} from 'graphile-worker';
import { log } from '../log.ts';
import { openPool } from './connections.ts';
import { WorkerLock, type WorkerLockOptions } from './worker-lock.ts';

export type WorkerOptions = Readonly<{
  /** Scheduled tasks, as crontab lines. */
  crontab?: string;
  /** How often to look for jobs of dead workers, in milliseconds. */
  sweepMs?: number;
}>;

type WorkerRun = Readonly<{ finished: Promise<void>; stop(): void }>;

// Most jobs wait for the mail server, and it limits connections: a higher value would not help.
const CONCURRENCY = 5;
const RESTART_DELAY_MS = 1_000;
const JOB_SHUTDOWN_TIMEOUT_MS = 15_000;
const COMPLETION_TIMEOUT_MS = 1_000;
// At least as long as a worker lets its jobs finish after an outage in which all workers lost their locks.
const SWEEP_INTERVAL_MS = JOB_SHUTDOWN_TIMEOUT_MS;

/**
 * Runs jobs until stopped. A database failure ends the current run, and a new one starts as soon as the database is back; all
 * waits are limited. `stop` gives running jobs 15 seconds to finish.
 * @throws Error if the database can't be reached at the start
 */
export async function startWorker(
  tasks: TaskList,
  options: WorkerOptions = {},
): Promise<{ stop(): Promise<void> }> {
  let current = await startRun(tasks, options, true);
  let stopping = false;
  const supervised = supervise();
  return {
    async stop() {
      stopping = true;
      current.stop();
      await supervised;
    },
  };

  async function supervise(): Promise<void> {
    await current.finished;
    while (!stopping) {
      log.error('the worker failed and is restarting');
      await sleep(RESTART_DELAY_MS);
      if (stopping) return;
      try {
        // No sweep now: other workers may have lost their locks too, and their jobs need time to finish.
        current = await startRun(tasks, options, false);
      } catch (error) {
        log.warn({ reason: String(error) }, 'the worker can’t start yet');
        continue;
      }
      if (stopping) current.stop();
      await current.finished;
    }
  }
}

/** Runs all due jobs, one at a time in queue order, until none is left. @throws Error if the database is unavailable */
export async function runDueJobs(tasks: TaskList): Promise<void> {
  const failures: unknown[] = [];
  const { settings, events, close } = prepareRun(tasks, '', {
    sweepMs: SWEEP_INTERVAL_MS,
    sweepOnStart: true,
    onLost: () => failures.push(new Error('the worker lost its lock')),
  });
  // graphile-worker ends a run without an error if its query for jobs fails.
  events.on('worker:getJob:error', ({ error }) => failures.push(error));
  try {
    await runOnce({ ...settings, concurrency: 1 });
  } finally {
    await close();
  }
  if (failures.length > 0) throw failures[0];
}

async function startRun(
  tasks: TaskList,
  { crontab = '', sweepMs = SWEEP_INTERVAL_MS }: WorkerOptions,
  sweepOnStart: boolean,
): Promise<WorkerRun> {
  let runner: Runner | undefined;
  // `stop` rejects if the run is already ending.
  const stop = () => void runner?.stop().catch(() => {});
  const { settings, events, close } = prepareRun(tasks, crontab, { sweepMs, sweepOnStart, onLost: stop });
  // graphile-worker remembers a failed first query for jobs and would fail forever, so end the run. Not synchronously:
  // it prints a stack trace for each worker that fails while the run is ending.
  events.on('worker:getJob:error', () => setImmediate(stop));
  const ended = new Promise<void>((resolve) => {
    events.once('pool:release', () => resolve());
    events.once('pool:gracefulShutdown', () => setTimeout(resolve, JOB_SHUTDOWN_TIMEOUT_MS).unref());
    // All jobs have ended. graphile-worker 0.17.3 hangs here if it could not mark two consecutive jobs as done.
    events.once('pool:gracefulShutdown:complete', () => setTimeout(resolve, COMPLETION_TIMEOUT_MS).unref());
  });
  try {
    runner = await run(settings);
  } catch (error) {
    await close();
    throw error;
  }
  runner.promise.catch((error) => log.error({ err: error }, 'the worker failed'));
  const finished = ended.then(() => {
    // Stops the scheduler too, which may otherwise sleep for a minute.
    stop();
    return close();
  });
  return { finished, stop };
}

function prepareRun(tasks: TaskList, crontab: string, options: WorkerLockOptions) {
  const { pool, close: closePool } = openPool(CONCURRENCY + 2);
  const events: WorkerEvents = new EventEmitter();
  let workerLock: WorkerLock | undefined;
  // graphile-worker generates the worker id, before the first query for jobs.
  events.once('pool:create', ({ workerPool }) => {
    workerLock = new WorkerLock(workerPool.id, options);
  });
  const settings: RunnerOptions = {
    pgPool: pool,
    taskList: tasks,
    parsedCronItems: parseCrontab(crontab),
    concurrency: CONCURRENCY,
    noHandleSignals: true,
    events,
    logger,
    // Called before each query for a job, so this makes it wait for the lock.
    forbiddenFlags: async () => {
      await workerLock?.acquired;
      return null;
    },
    // Not for speed: graphile-worker awaits and handles errors only of batched completions. Otherwise a stopping worker may
    // leave finished jobs locked, and a lost database connection would crash the process.
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
  };
  const close = async () => {
    await closePool();
    await workerLock?.release();
  };
  return { settings, events, close };
}

// Drops the metadata, which contains payloads.
const logger = new Logger(() => (level, text) => {
  log[level === 'warning' ? 'warn' : level](text);
});
