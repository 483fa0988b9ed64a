import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startPostgres } from '../../src/demo/postgres.ts';
import { clusterFor, startServer } from '../../src/demo/postgres-cluster.ts';
import { runningServer } from '../../src/demo/postgres-postmaster.ts';

/** A PostgreSQL server for one test file, which may stop it and start it again at the same address. */
export type OwnPostgres = Readonly<{
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

export async function ownPostgres(): Promise<OwnPostgres> {
  const directory = join(tmpdir(), 'own-postgres');
  const server = await startPostgres({ directory, durable: false });
  const cluster = await clusterFor(directory, false);
  const { postgres: password } = JSON.parse(await readFile(join(server.home, 'passwords.json'), 'utf8'));
  const stop = async (signal: NodeJS.Signals) => {
    const running = runningServer(cluster.data);
    if (running) process.kill(running.pid, signal);
    while (runningServer(cluster.data)) await sleep(10);
  };
  const start = () => startServer(cluster);
  const port = String(await quietPort());
  await queryAt(change(server.url, { username: 'postgres', password }), [
    `alter system set port = ${port}`,
    // What is committed outlives an immediate stop.
    'alter system set synchronous_commit = on',
  ]);
  await stop('SIGINT');
  await start();
  const adminUrl = change(server.url, { username: 'postgres', password, port });
  return {
    url: change(server.url, { port }),
    query: (...statements) => queryAt(adminUrl, statements),
    stop,
    start,
    remove: server.stop,
  };
}

function change(url: string, parts: Partial<URL>): string {
  return Object.assign(new URL(url), parts).href;
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

// Not one that the system gives to outgoing connections: it has to be free again after each stop.
async function quietPort(): Promise<number> {
  let port = 20_000 + (process.pid % 5_000);
  while (!(await isFree(port))) port += 1;
  return port;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
