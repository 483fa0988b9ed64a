import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { config } from '../config.ts';
import { log } from '../log.ts';

// Any fixed number does, as long as nothing else in this database takes the same pair of advisory locks.
const LOCK_CLASS = 7_301_947;

const RETRY_MS = 1_000;
const ANSWER_WITHIN_MS = 10_000;
const SWEEP_MS = 30_000;

/**
 * A worker that was killed leaves its jobs locked, for 4 hours by default. So each worker holds, on a connection of its
 * own, an advisory lock named after its id: the lock ends with the process, however that ends. Whoever can take the
 * lock of an id that has jobs knows that its worker is dead, and frees the jobs.
 */
export class Presence {
  readonly #workerId: string;
  readonly #sweepMs: number;
  #held: Promise<void>;
  #client: pg.Client | null = null;
  #timer: NodeJS.Timeout | undefined;
  #ending = false;

  constructor(workerId: string, sweepMs = SWEEP_MS) {
    this.#workerId = workerId;
    this.#sweepMs = sweepMs;
    this.#held = this.#hold(true);
  }

  /** Resolves while the lock is held: without it no job may be taken, or another worker would free it again. */
  held(): Promise<void> {
    return this.#held;
  }

  /** No more tries to get the lock: whoever waits for it is let go. */
  stopTrying(): void {
    this.#ending = true;
    clearTimeout(this.#timer);
  }

  /** Gives the lock back. Only when no job is running any more. */
  async end(): Promise<void> {
    this.stopTrying();
    await this.#held;
    const client = this.#client;
    this.#client = null;
    await client?.end();
  }

  async #hold(first: boolean): Promise<void> {
    while (!this.#ending) {
      try {
        const client = await this.#connect();
        // The others may have lost their locks together with us: they get time to come back.
        if (first) await sweep(client, this.#workerId);
        this.#sweepLater(client);
        log.info({ worker: this.#workerId }, 'the worker takes jobs');
        return;
      } catch (error) {
        log.debug({ why: String(error) }, 'the worker can’t get its lock yet');
        this.#client = null;
        await sleep(RETRY_MS);
      }
    }
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: config.databaseUrl,
      application_name: 'homecoming worker presence',
      connectionTimeoutMillis: ANSWER_WITHIN_MS,
      query_timeout: ANSWER_WITHIN_MS,
      keepAlive: true,
    });
    client.on('error', (error) => this.#lost(client, error));
    try {
      await client.connect();
      // A host that vanished without a word counts as dead after half a minute.
      await client.query(
        'set tcp_keepalives_idle = 15; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3',
      );
      await client.query('select pg_advisory_lock($1::int, $2::int)', [LOCK_CLASS, keyOf(this.#workerId)]);
    } catch (error) {
      drop(client);
      throw error;
    }
    this.#client = client;
    return client;
  }

  #lost(client: pg.Client, error: unknown): void {
    if (client !== this.#client) return;
    this.#client = null;
    clearTimeout(this.#timer);
    drop(client);
    log.warn({ why: String(error) }, 'the worker takes no jobs until it reaches the database again');
    this.#held = this.#hold(false);
  }

  #sweepLater(client: pg.Client): void {
    if (this.#ending) return;
    this.#timer = setTimeout(async () => {
      try {
        await sweep(client, this.#workerId);
        if (client === this.#client) this.#sweepLater(client);
      } catch (error) {
        this.#lost(client, error);
      }
    }, this.#sweepMs);
  }
}

/** Frees the jobs of all workers that are dead. */
async function sweep(client: pg.Client, ownId: string): Promise<void> {
  const found = await client.query<{ id: string }>(
    'select distinct locked_by as id from graphile_worker.jobs where locked_by <> $1',
    [ownId],
  );
  for (const { id } of found.rows) {
    const lock = [LOCK_CLASS, keyOf(id)];
    const tried = await client.query<{ dead: boolean }>(
      'select pg_try_advisory_lock($1::int, $2::int) as dead',
      lock,
    );
    if (!tried.rows[0]?.dead) continue;
    await client.query('select graphile_worker.force_unlock_workers(array[$1])', [id]);
    await client.query('select pg_advisory_unlock($1::int, $2::int)', lock);
    log.warn({ worker: id }, 'freed the jobs of a worker that died');
  }
}

function keyOf(workerId: string): number {
  return createHash('sha256').update(workerId).digest().readInt32BE(0);
}

function drop(client: pg.Client): void {
  client.end().catch(() => {});
}
