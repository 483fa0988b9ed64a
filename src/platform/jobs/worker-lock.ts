import pg from 'pg';
import { log } from '../log.ts';
import { connectionSettings, endConnection } from './connections.ts';

// Any fixed number does, as long as nothing else in this database takes the same pair of advisory locks.
const LOCK_NAMESPACE = 7_301_947;

// In one statement whose locks end with it: one that fails leaves nobody's lock behind.
const UNLOCK_JOBS_OF_DEAD_WORKERS = `
  with others as materialized (
    select distinct locked_by as id from graphile_worker.jobs where locked_by <> $2
  ), dead as materialized (
    select id from others where pg_try_advisory_xact_lock($1::int, hashtext(id))
  )
  select id, graphile_worker.force_unlock_workers(array[id]) from dead`;

export type WorkerLockOptions = Readonly<{
  /** How often the jobs of dead workers are looked for, in milliseconds. */
  sweepMs: number;
  /** Whether to look for them before the first job too. */
  sweepOnStart: boolean;
  /** The lock could not be had, or is lost: whoever runs jobs under this id must end. */
  onLost(): void;
}>;

/**
 * A worker that was killed leaves its jobs locked, for 4 hours by default. So each worker holds, on a connection of its
 * own, an advisory lock named after its id: the lock ends with the process, however that ends. Whoever can take the
 * lock of an id that has jobs knows that its worker is dead, and frees the jobs.
 */
export class WorkerLock {
  /** Resolves once the lock is held: without it no job may be taken, or another worker would free it again. */
  readonly acquired: Promise<void>;
  readonly #workerId: string;
  readonly #options: WorkerLockOptions;
  readonly #client = new pg.Client({
    ...connectionSettings,
    application_name: 'homecoming worker presence',
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

  /** Gives the lock back. Only when no job is running any more. */
  async release(): Promise<void> {
    this.#isReleased = true;
    clearTimeout(this.#timer);
    await endConnection(this.#client);
  }

  async #acquire(): Promise<void> {
    await this.#client.connect();
    // A host that vanished without a word counts as dead after half a minute.
    await this.#client.query(
      'set tcp_keepalives_idle = 15; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3',
    );
    const taken = await this.#client.query<{ held: boolean }>(
      'select pg_try_advisory_lock($1::int, hashtext($2)) as held',
      [LOCK_NAMESPACE, this.#workerId],
    );
    if (!taken.rows[0]?.held) throw new Error('somebody else holds the lock of this worker');
    if (this.#options.sweepOnStart) await this.#sweep();
    this.#scheduleSweep();
    log.info({ worker: this.#workerId }, 'the worker takes jobs');
  }

  #handleLoss(error: unknown): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    clearTimeout(this.#timer);
    log.warn({ why: String(error) }, 'the worker can’t hold its lock');
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
      const freed = await this.#client.query<{ id: string }>(UNLOCK_JOBS_OF_DEAD_WORKERS, [
        LOCK_NAMESPACE,
        this.#workerId,
      ]);
      for (const { id } of freed.rows) log.warn({ worker: id }, 'freed the jobs of a worker that died');
    } catch (error) {
      // A server that answers with an error, because it only reads for now, keeps the lock: the next sweep may do.
      if (!(error instanceof pg.DatabaseError)) this.#handleLoss(error);
      else log.warn({ why: error.message }, 'the jobs of dead workers can’t be freed now');
    }
  }
}
