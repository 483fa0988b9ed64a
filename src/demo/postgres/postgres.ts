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
  /** The database `homecoming`, as a plain role that owns it and may create databases and trusted extensions. */
  url: string;
  /** The database `postgres`, as the server's administrator. */
  adminUrl: string;
  /** Ends the server, unless another living process uses it too. */
  stop(): Promise<void>;
};

/** A server that is not durable may lose everything when the system crashes, and is faster for it. */
type Options = { directory: string; durable?: boolean; port?: number };

const START_TIMEOUT_MS = 20_000;

/**
 * A PostgreSQL server of our own, at work when this returns: the one that runs in `directory` already, or a new one.
 * It outlives this process unless stopped; the next start adopts it. May be called by many processes at once.
 * @throws an Error that says what to do
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
          // A server whose directory was removed notices that and ends.
          if (existsSync(installation.home)) await exclusively(() => stopIfUnused(installation, client));
          await client.end();
        },
      };
    });
  } catch (cause) {
    throw new Error(
      `The embedded PostgreSQL can’t be started: ${cause instanceof Error ? cause.message : cause}\n` +
        `Its data is kept in ${directory}: remove that to begin with an empty database, or set DATA_DIR to keep it ` +
        'elsewhere, or DATABASE_URL to use another server.',
      { cause },
    );
  }
}

// A server may still be recovering, or the processes of a killed one may not have noticed, or the port is taken.
async function startAndConnect(
  installation: PostgresInstallation,
  password: string,
  port?: number,
): Promise<pg.Client> {
  for (const deadline = Date.now() + START_TIMEOUT_MS; ; await sleep(100)) {
    try {
      // Never a port that the system gives to outgoing connections.
      if (!findRunningServer(installation.home))
        await startServer(installation, port ?? randomInt(20_000, 30_000));
      return await connect(installation, password);
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

/** A connection that shows, while it lasts, that this process uses the server. Makes the database if there is none. */
async function connect({ home }: PostgresInstallation, password: string): Promise<pg.Client> {
  const port = findRunningServer(home)?.port ?? 0;
  const client = new pg.Client({ connectionString: connectionUrl('postgres', password, port) });
  // Without a listener, the server's end would end our process.
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
    const { rows } = await client.query('select pg_try_advisory_lock(1) as alone');
    if (rows[0].alone) await stopServer(installation);
  } catch (error) {
    // It may have died before. Whoever started it again ends it.
    if (findRunningServer(installation.home)?.port === client.port) throw error;
  }
}

function deriveRolePassword(password: string): string {
  return createHmac('sha256', password).update('homecoming').digest('hex');
}

function connectionUrl(role: string, password: string, port: number): string {
  return `postgres://${role}:${password}@127.0.0.1:${port}/${role}`;
}
