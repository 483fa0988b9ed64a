import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startPostgres } from '../../src/demo/postgres/postgres.ts';
import { findRunningServer } from '../../src/demo/postgres/server.ts';

/** A PostgreSQL server for one test file, which can stop and restart it at the same address. */
export type DedicatedPostgres = Readonly<{
  /** As an ordinary role. */
  url: string;
  /** Runs statements as superuser. @returns the rows of the last one */
  query<Row extends object>(...statements: string[]): Promise<Row[]>;
  /** SIGINT is a fast shutdown, SIGQUIT an immediate one that requires recovery. */
  stop(signal: 'SIGINT' | 'SIGQUIT'): Promise<void>;
  start(): Promise<void>;
  /** Stops the server at the end. */
  remove(): Promise<void>;
}>;

export async function startDedicatedPostgres(): Promise<DedicatedPostgres> {
  const directory = join(tmpdir(), 'dedicated-postgres');
  let server = await startPostgres({ directory, durable: false });
  const { url } = server;
  const port = Number(new URL(url).port);
  const adminUrl = Object.assign(new URL(server.adminUrl), { pathname: '/homecoming' }).href;
  // Committed data must survive an immediate shutdown.
  await queryAt(adminUrl, ['alter system set synchronous_commit = on', 'select pg_reload_conf()']);
  return {
    url,
    query: (...statements) => queryAt(adminUrl, statements),
    async stop(signal) {
      const running = findRunningServer(directory);
      if (running) process.kill(running.pid, signal);
      while (findRunningServer(directory)) await sleep(10);
    },
    async start() {
      server = await startPostgres({ directory, port });
    },
    remove: () => server.stop(),
  };
}

async function queryAt<Row extends object>(url: string, statements: string[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  // Without a listener, stopping the server would crash the tests.
  client.on('error', () => {});
  try {
    await client.connect();
    let rows: Row[] = [];
    for (const statement of statements) ({ rows } = await client.query<Row>(statement));
    return rows;
  } finally {
    await client.end();
  }
}
