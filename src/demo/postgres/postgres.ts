import { createHmac, randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { withFileLock } from '../files.ts';
import { type PostgresInstallation, prepareInstallation } from './installation.ts';
import { ensureCluster, findRunningServer, startServer, stopServer } from './server.ts';

export type EmbeddedPostgres = {
  /** The database `homecoming`, as its owner, an ordinary role with `createdb`. */
  url: string;
  /** The database `postgres`, as superuser. */
  adminUrl: string;
  /** Stops the server, unless another process still uses it. */
  stop(): Promise<void>;
};

/** A server that isn't durable is faster, but a system crash can destroy its data. */
type Options = { directory: string; durable?: boolean; port?: number };

const START_TIMEOUT_MS = 20_000;

/**
 * Starts an embedded PostgreSQL server in `directory`, or connects to the one that already runs there. The server keeps running
 * after this process unless stopped. Safe to call from several processes at once.
 * @throws Error with advice
 */
export async function startPostgres(options: Options): Promise<EmbeddedPostgres> {
  const directory = resolve(options.directory);
  const exclusively = <T>(work: () => Promise<T>) => withFileLock(`${directory}.lock`, work);
  try {
    await mkdir(dirname(directory), { recursive: true });
    return await exclusively(async () => {
      const installation = await prepareInstallation(directory);
      await ensureCluster(installation, options.durable ?? true);
      const password = await readFile(join(installation.home, 'password'), 'utf8');
      const client = await startAndConnect(installation, password, options.port);
      return {
        url: connectionUrl('homecoming', deriveRolePassword(password), client.port),
        adminUrl: connectionUrl('postgres', password, client.port),
        async stop() {
          // A server whose directory was removed stops by itself.
          if (existsSync(installation.home)) await exclusively(() => stopIfUnused(installation, client));
          await client.end();
        },
      };
    });
  } catch (cause) {
    throw new Error(
      `The embedded PostgreSQL can’t be started: ${cause instanceof Error ? cause.message : cause}\n` +
        `Its data is in ${directory}. Delete that directory to start with an empty database, set DATA_DIR to use another ` +
        'directory, or set DATABASE_URL to use another server.',
      { cause },
    );
  }
}

// Retries: the server may be recovering, processes of a killed server may still be exiting, or the port may be in use.
async function startAndConnect(
  installation: PostgresInstallation,
  password: string,
  port?: number,
): Promise<pg.Client> {
  for (const deadline = Date.now() + START_TIMEOUT_MS; ; await sleep(100)) {
    try {
      // Below the range of ephemeral ports.
      if (!findRunningServer(installation.home))
        await startServer(installation, port ?? randomInt(20_000, 30_000));
      return await connect(installation, password);
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

/** Opens a connection with a shared lock, which marks the server as used, and creates the database if it is missing. */
async function connect({ home }: PostgresInstallation, password: string): Promise<pg.Client> {
  const port = findRunningServer(home)?.port ?? 0;
  const client = new pg.Client({ connectionString: connectionUrl('postgres', password, port) });
  // Without a listener, stopping the server would crash this process.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select pg_advisory_lock_shared(1)');
    await ensureDatabase(client, deriveRolePassword(password));
    return client;
  } catch (error) {
    await client.end();
    throw error;
  }
}

async function ensureDatabase(client: pg.Client, password: string): Promise<void> {
  const { rowCount } = await client.query("select from pg_database where datname = 'homecoming'");
  if (rowCount) return;
  await client.query('drop role if exists homecoming');
  await client.query(`create role homecoming login createdb password '${password}'`);
  await client.query('create database homecoming owner homecoming');
}

async function stopIfUnused(installation: PostgresInstallation, client: pg.Client): Promise<void> {
  try {
    await client.query('select pg_advisory_unlock_shared(1)');
    const { rows } = await client.query('select pg_try_advisory_lock(1) as is_unused');
    if (rows[0].is_unused) await stopServer(installation);
  } catch (error) {
    // The server may have crashed. If another process has restarted it, that process stops it.
    if (findRunningServer(installation.home)?.port === client.port) throw error;
  }
}

function deriveRolePassword(password: string): string {
  return createHmac('sha256', password).update('homecoming').digest('hex');
}

function connectionUrl(role: string, password: string, port: number): string {
  return `postgres://${role}:${password}@127.0.0.1:${port}/${role}`;
}
