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
  /** Lines of tasks to be run by the clock. */
  crontab?: string;
  /** How often the jobs of dead workers are looked for, in milliseconds. */
  sweepMs?: number;
}>;

type WorkerRun = Readonly<{ finished: Promise<void>; stop(): void }>;

// Mails wait for their server most of the time; more at once would only be more connections to it.
const CONCURRENCY = 5;
const RESTART_DELAY_MS = 1_000;
const JOB_SHUTDOWN_TIMEOUT_MS = 15_000;
const COMPLETION_TIMEOUT_MS = 1_000;
// Longer than any worker waits for its jobs after an outage that took all workers' locks together.
const SWEEP_INTERVAL_MS = JOB_SHUTDOWN_TIMEOUT_MS;

/**
 * Runs jobs until it is stopped. Whatever goes wrong with the database ends the run, and another one starts as soon as
 * the database allows; no wait in between is unlimited. `stop` gives running jobs 15 seconds to finish.
 * @throws when the database can't be reached at the start
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
      log.error('the worker broke off and starts again');
      await sleep(RESTART_DELAY_MS);
      if (stopping) return;
      try {
        // The other workers may have lost their locks together with us: their jobs get time to end.
        current = await startRun(tasks, options, false);
      } catch (error) {
        log.warn({ why: String(error) }, 'the worker can’t start yet');
        continue;
      }
      if (stopping) current.stop();
      await current.finished;
    }
  }
}

/** Runs all jobs that are due now, one after the other in the order of the queue, and returns when there are none left. */
export async function runDueJobs(tasks: TaskList): Promise<void> {
  const { settings, close } = prepareRun(tasks, '', {
    sweepMs: SWEEP_INTERVAL_MS,
    sweepOnStart: true,
    onLost() {},
  });
  try {
    await runOnce({ ...settings, concurrency: 1 });
  } finally {
    await close();
  }
}

async function startRun(
  tasks: TaskList,
  { crontab = '', sweepMs = SWEEP_INTERVAL_MS }: WorkerOptions,
  sweepOnStart: boolean,
): Promise<WorkerRun> {
  let runner: Runner | undefined;
  // It rejects when the run is ending already.
  const stop = () => void runner?.stop().catch(() => {});
  const { settings, events, close } = prepareRun(tasks, crontab, { sweepMs, sweepOnStart, onLost: stop });
  // Without this, a run whose first look for jobs failed would fail for ever: graphile-worker keeps that answer. Not in
  // the same moment: it prints a stack trace for each worker that fails when the run is already ending.
  events.on('worker:getJob:error', () => setImmediate(stop));
  const ended = new Promise<void>((resolve) => {
    events.once('pool:release', () => resolve());
    events.once('pool:gracefulShutdown', () => setTimeout(resolve, JOB_SHUTDOWN_TIMEOUT_MS).unref());
    // All jobs have ended. When two in a row could not be recorded as done, graphile-worker 0.17.3 never goes on from here.
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
    // For its clock, which may sleep for a minute before it ends.
    stop();
    return close();
  });
  return { finished: finished, stop };
}

function prepareRun(tasks: TaskList, crontab: string, options: WorkerLockOptions) {
  const { pool, close: closePool } = openPool(CONCURRENCY + 2);
  const events: WorkerEvents = new EventEmitter();
  let workerLock: WorkerLock | undefined;
  // The queue names its worker itself, before that worker looks for its first job.
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
    // Asked before each job is taken: the place to wait for the lock that shows this worker alive.
    forbiddenFlags: async () => {
      await workerLock?.acquired;
      return null;
    },
    // Not for speed: only of batches graphile-worker waits for the end, and catches the failure. Otherwise a worker
    // that stops may leave done jobs locked, and one whose database is gone ends the whole process.
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
  };
  const close = async () => {
    await closePool();
    await workerLock?.release();
  };
  return { settings, events, close };
}

// Only the text: what the queue would add to it holds the payloads.
const logger = new Logger(() => (level, text) => {
  log[level === 'warning' ? 'warn' : level](text);
});
