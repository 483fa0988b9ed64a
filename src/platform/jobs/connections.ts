import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { config } from '../config/config.ts';
import { log } from '../log.ts';

/** How a worker connects. Nothing here waits without a limit, or a worker could hang with the database. */
export const connectionSettings = {
  connectionString: config.databaseUrl,
  connectionTimeoutMillis: 10_000,
  // The server gives up first, and the connection stays good. The second is for a server that doesn't answer at all.
  statement_timeout: 10_000,
  query_timeout: 15_000,
  keepAlive: true,
};

const CLOSE_TIMEOUT_MS = 1_000;

/** The connections of one run of the worker. `close` ends all of them, also those that somebody still uses. */
export function openPool(max: number): { pool: pg.Pool; close(): Promise<void> } {
  const pool = new pg.Pool({ ...connectionSettings, application_name: 'homecoming worker', max });
  const openClients = new Set<pg.PoolClient>();
  // Heard, or the process would end.
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    openClients.add(client);
    client.on('error', ({ message }) => log.warn({ why: message }, 'the worker lost a database connection'));
  });
  pool.on('remove', (client) => openClients.delete(client));
  return {
    pool,
    async close() {
      await withTimeout(CLOSE_TIMEOUT_MS, pool.end());
      await withTimeout(CLOSE_TIMEOUT_MS, Promise.all([...openClients].map(endClient)));
    },
  };
}

/** Ends a connection; one whose server doesn't answer is left to the operating system. */
export function endConnection(client: pg.Client): Promise<void> {
  return withTimeout(CLOSE_TIMEOUT_MS, endClient(client));
}

// The pool's own type hides that its clients can be ended.
function endClient(client: pg.ClientBase): Promise<void> {
  return (client as pg.Client).end();
}

async function withTimeout(ms: number, promise: Promise<unknown>): Promise<void> {
  await Promise.race([promise, sleep(ms, undefined, { ref: false })]);
}
