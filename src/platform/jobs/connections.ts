import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { config } from '../config/config.ts';
import { log } from '../log.ts';

/** Connection settings of the worker. Every wait has a limit, so that the worker can't hang with the database. */
export const connectionSettings = {
  connectionString: config.databaseUrl,
  connectionTimeoutMillis: 10_000,
  // Normally the server cancels the statement and the connection survives; query_timeout is for a server that doesn't respond.
  statement_timeout: 10_000,
  query_timeout: 15_000,
  keepAlive: true,
};

const CLOSE_TIMEOUT_MS = 1_000;

/** The connection pool of one worker run. `close` ends all connections, even those in use. */
export function openPool(max: number): { pool: pg.Pool; close(): Promise<void> } {
  const pool = new pg.Pool({ ...connectionSettings, application_name: 'homecoming worker', max });
  const openClients = new Set<pg.PoolClient>();
  // Without a listener, an error would crash the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    openClients.add(client);
    client.on('error', ({ message }) =>
      log.warn({ reason: message }, 'the worker lost a database connection'),
    );
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

/** Ends a connection. If the server doesn't respond, the operating system cleans it up. */
export function endConnection(client: pg.Client): Promise<void> {
  return withTimeout(CLOSE_TIMEOUT_MS, endClient(client));
}

// The pool's type hides `end`.
function endClient(client: pg.ClientBase): Promise<void> {
  return (client as pg.Client).end();
}

async function withTimeout(ms: number, promise: Promise<unknown>): Promise<void> {
  await Promise.race([promise, sleep(ms, undefined, { ref: false })]);
}
