import pg from 'pg';
import { log } from '../log.ts';
import { connectionSettings, endConnection } from './connections.ts';

// An arbitrary number that no other pair of advisory locks in this database uses.
const LOCK_NAMESPACE = 7_301_947;

// The locks are transaction-level, so they end with this single statement even if it fails.
const UNLOCK_JOBS_OF_DEAD_WORKERS = `
  with others as materialized (
    select distinct locked_by as id from graphile_worker.jobs where locked_by <> $2
  ), dead as materialized (
    select id from others where pg_try_advisory_xact_lock($1::int, hashtext(id))
  )
  select id, graphile_worker.force_unlock_workers(array[id]) from dead`;

export type WorkerLockOptions = Readonly<{
  /** How often to look for jobs of dead workers, in milliseconds. */
  sweepMs: number;
  /** Whether to look for them before the first job as well. */
  sweepOnStart: boolean;
  /** Called when the lock can't be acquired or is lost. The run under this worker id must end. */
  onLost(): void;
}>;

/**
 * Detects dead workers. A killed worker leaves its jobs locked, for 4 hours by default. So each worker has an advisory lock
 * for its id on a dedicated connection, which PostgreSQL releases when the process ends. If another worker can acquire the
 * lock of an id that has locked jobs, that worker is dead and its jobs are unlocked.
 */
export class WorkerLock {
  /** Resolves when the lock is acquired. No job may be taken before, or another worker would unlock it. */
  readonly acquired: Promise<void>;
  readonly #workerId: string;
  readonly #options: WorkerLockOptions;
  readonly #client = new pg.Client({
    ...connectionSettings,
    application_name: 'homecoming worker lock',
  });
  #timer: NodeJS.Timeout | undefined;
  #isReleased = false;

  constructor(workerId: string, options: WorkerLockOptions) {
    this.#workerId = workerId;
    this.#options = options;
    this.#client.on('error', (error) => this.#handleLoss(error));
    this.acquired = this.#acquire();
    this.acquired.catch((error) => this.#handleLoss(error));
  }

  /** Releases the lock. Call it only after all jobs have ended. */
  async release(): Promise<void> {
    this.#isReleased = true;
    clearTimeout(this.#timer);
    await endConnection(this.#client);
  }

  async #acquire(): Promise<void> {
    await this.#client.connect();
    // A vanished host counts as dead after 30 seconds.
    await this.#client.query(
      'set tcp_keepalives_idle = 15; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3',
    );
    const result = await this.#client.query<{ acquired: boolean }>(
      'select pg_try_advisory_lock($1::int, hashtext($2)) as acquired',
      [LOCK_NAMESPACE, this.#workerId],
    );
    if (!result.rows[0]?.acquired) throw new Error('another process has the lock of this worker');
    if (this.#options.sweepOnStart) await this.#sweep();
    this.#scheduleSweep();
    log.info({ worker: this.#workerId }, 'the worker is ready for jobs');
  }

  #handleLoss(error: unknown): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    clearTimeout(this.#timer);
    log.warn({ reason: String(error) }, 'the worker lost its lock');
    this.#options.onLost();
  }

  #scheduleSweep(): void {
    if (this.#isReleased) return;
    this.#timer = setTimeout(async () => {
      await this.#sweep();
      this.#scheduleSweep();
    }, this.#options.sweepMs);
  }

  async #sweep(): Promise<void> {
    try {
      const unlocked = await this.#client.query<{ id: string }>(UNLOCK_JOBS_OF_DEAD_WORKERS, [
        LOCK_NAMESPACE,
        this.#workerId,
      ]);
      for (const { id } of unlocked.rows) log.warn({ worker: id }, 'unlocked the jobs of a dead worker');
    } catch (error) {
      // An error response (such as from a read-only server) doesn't affect our lock: try again at the next sweep.
      if (!(error instanceof pg.DatabaseError)) this.#handleLoss(error);
      else log.warn({ reason: error.message }, 'unlocking the jobs of dead workers failed');
    }
  }
}
