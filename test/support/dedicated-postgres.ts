import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startPostgres } from '../../src/demo/postgres/postgres.ts';
import { findRunningServer } from '../../src/demo/postgres/server.ts';

/** A PostgreSQL server for one test file, which may stop it and start it again at the same address. */
export type DedicatedPostgres = Readonly<{
  /** As a plain role. */
  url: string;
  /** Runs statements as an administrator. @returns the rows of the last */
  query<Row extends object>(...statements: string[]): Promise<Row[]>;
  /** SIGINT is a fast stop; SIGQUIT an immediate one, from which the server has to recover. */
  stop(signal: 'SIGINT' | 'SIGQUIT'): Promise<void>;
  start(): Promise<void>;
  /** Ends it for good. */
  remove(): Promise<void>;
}>;

export async function startDedicatedPostgres(): Promise<DedicatedPostgres> {
  const directory = join(tmpdir(), 'own-postgres');
  let server = await startPostgres({ directory, durable: false });
  const { url } = server;
  const port = Number(new URL(url).port);
  const adminUrl = Object.assign(new URL(server.adminUrl), { pathname: '/homecoming' }).href;
  // What is committed outlives an immediate stop.
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
  // Without a listener, the server's end between two queries would end the tests.
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
