import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import {
  type Cluster,
  clusterFor,
  isMade,
  makeCluster,
  startServer,
  stopServer,
} from './postgres-cluster.ts';
import { isAlive, isCode, markOf, withLock, writeWhole } from './postgres-lock.ts';
import { runningServer } from './postgres-postmaster.ts';
import { give } from './postgres-user.ts';

export type EmbeddedPostgres = {
  /** The database `homecoming`, as a plain role that owns it and may create databases and trusted extensions. */
  url: string;
  /** Whether the server was already running. */
  adopted: boolean;
  /** Where the server and its data are kept: the directory asked for, or one that its user can enter. */
  home: string;
  /** Ends the server, unless another living process has started or adopted it too. */
  stop(): Promise<void>;
};

type Passwords = { postgres: string; homecoming: string };

const READY_PATIENCE = 120_000;

/**
 * A PostgreSQL server of our own, at work when this returns: the one that runs in `directory` already, or a new one.
 * It outlives this process unless stopped; the next start adopts it. May be called by many processes at once.
 * @throws an Error that says what to do
 */
export async function startPostgres(options: {
  directory: string;
  durable?: boolean;
}): Promise<EmbeddedPostgres> {
  const cluster = await clusterFor(resolve(options.directory), options.durable ?? true);
  return withLock(lockOf(cluster), async () => {
    const passwords = await readPasswords(cluster);
    if (!(await isMade(cluster))) await makeCluster(cluster, passwords.postgres);
    const { port, adopted } = await bringUp(cluster, passwords);
    const sign = await signIn(cluster);
    return {
      url: urlOf('homecoming', passwords, port),
      adopted,
      home: cluster.home,
      stop: () => leave(cluster, sign),
    };
  });
}

/**
 * Ends the server of a directory, if its users are all dead.
 * @returns where the server and its data are kept
 */
export async function stopAbandoned(directory: string): Promise<string> {
  const cluster = await clusterFor(resolve(directory), true);
  await withLock(lockOf(cluster), () => stopIfUnused(cluster));
  return cluster.home;
}

function lockOf(cluster: Cluster): string {
  return join(cluster.home, 'lock');
}

async function readPasswords(cluster: Cluster): Promise<Passwords> {
  const file = join(cluster.home, 'passwords.json');
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    if (!isCode(cause, 'ENOENT') || (await isMade(cluster))) {
      const message = `The passwords of the embedded PostgreSQL can’t be read from ${file}. To begin anew, remove ${cluster.home}.`;
      throw new Error(message, { cause });
    }
  }
  const passwords = {
    postgres: randomBytes(24).toString('hex'),
    homecoming: randomBytes(24).toString('hex'),
  };
  await writeWhole(file, JSON.stringify(passwords));
  await give(file, cluster.user);
  return passwords;
}

async function bringUp(cluster: Cluster, passwords: Passwords): Promise<{ port: number; adopted: boolean }> {
  let adopted = true;
  let problem: unknown;
  for (const deadline = Date.now() + READY_PATIENCE; Date.now() < deadline; await sleep(50)) {
    let server = runningServer(cluster.data);
    if (!server) {
      adopted = false;
      await startServer(cluster);
      server = runningServer(cluster.data);
    }
    if (!server) continue;
    try {
      await makeDatabase(passwords, server.port);
      return { port: server.port, adopted };
    } catch (error) {
      // It is still recovering, or somebody is just ending it.
      if (!isCode(error, '57P03', '57P01', 'ECONNREFUSED', 'ECONNRESET')) throw error;
      problem = error;
    }
  }
  const file = join(cluster.data, 'postmaster.pid');
  throw new Error(
    `The embedded PostgreSQL did not become ready; its log is ${cluster.log}. If no PostgreSQL is running, remove ${file}.`,
    { cause: problem },
  );
}

async function makeDatabase(passwords: Passwords, port: number): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf('postgres', passwords, port) });
  // Without a listener, the server's end between two queries would end our process.
  client.on('error', () => {});
  try {
    await client.connect();
    const roles = await client.query("select from pg_roles where rolname = 'homecoming'");
    const password = client.escapeLiteral(passwords.homecoming);
    if (roles.rowCount === 0)
      await client.query(`create role homecoming login createdb password ${password}`);
    const databases = await client.query("select from pg_database where datname = 'homecoming'");
    if (databases.rowCount === 0) await client.query('create database homecoming owner homecoming');
  } finally {
    await client.end();
  }
}

function urlOf(role: keyof Passwords, passwords: Passwords, port: number): string {
  return `postgres://${role}:${passwords[role]}@127.0.0.1:${port}/${role}`;
}

// A file for each process that uses the server, named so that a dead process is known as such.
async function signIn(cluster: Cluster): Promise<string> {
  const users = join(cluster.home, 'users');
  await mkdir(users, { recursive: true, mode: 0o700 });
  await give(users, cluster.user);
  const sign = join(users, `${markOf(process.pid)}.${randomBytes(4).toString('hex')}`);
  await writeFile(sign, '', { mode: 0o600 });
  return sign;
}

async function leave(cluster: Cluster, sign: string): Promise<void> {
  try {
    await stat(cluster.home);
  } catch (error) {
    // Its directory was removed: the server notices that by itself and ends.
    if (isCode(error, 'ENOENT')) return;
    throw error;
  }
  await withLock(lockOf(cluster), async () => {
    await rm(sign, { force: true });
    await stopIfUnused(cluster);
  });
}

async function stopIfUnused(cluster: Cluster): Promise<void> {
  const users = join(cluster.home, 'users');
  const signs = await readdir(users).catch(() => []);
  const dead = signs.filter((sign) => !isAlive(sign.split('.')[0] ?? ''));
  for (const sign of dead) await rm(join(users, sign), { force: true });
  if (dead.length === signs.length) await stopServer(cluster);
}
