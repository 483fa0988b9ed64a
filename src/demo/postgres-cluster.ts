import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Binaries, binariesFor } from './postgres-binaries.ts';
import { isCode } from './postgres-lock.ts';
import { placeFor } from './postgres-place.ts';
import { disarmStaleFile, runningServer } from './postgres-postmaster.ts';
import { settingsFile, writeSettings } from './postgres-settings.ts';
import { give, type ServerUser } from './postgres-user.ts';

const START_PATIENCE = 60_000;
const LARGEST_LOG = 1_000_000;

/** One data directory with everything that is needed to run a server on it. */
export type Cluster = {
  /** Holds all of it, closed to everyone but the server's user. */
  home: string;
  data: string;
  log: string;
  user: ServerUser;
  binaries: Binaries;
  /** False: may lose everything in a crash of the system, and is faster for it. */
  durable: boolean;
};

export async function clusterFor(directory: string, durable: boolean): Promise<Cluster> {
  const { home, user } = await placeFor(directory);
  const binaries = await binariesFor(user);
  return { home, data: join(home, 'cluster'), log: join(home, 'server.log'), user, binaries, durable };
}

export async function isMade(cluster: Cluster): Promise<boolean> {
  return (await sizeOf(cluster.data)) !== null;
}

/** Makes the data directory: aside, then renamed, so that one which is there is complete. */
export async function makeCluster(cluster: Cluster, password: string): Promise<void> {
  await removeUnfinished(cluster);
  const side = join(cluster.home, `unfinished-${randomBytes(4).toString('hex')}`);
  const passwordFile = `${side}.password`;
  await writeFile(passwordFile, password, { mode: 0o600 });
  await give(passwordFile, cluster.user);
  const { code, output } = await run(cluster, cluster.binaries.initdb, [
    ...['-D', side, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
    ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ...['--no-instructions', ...(cluster.durable ? [] : ['--no-sync'])],
  ]);
  await rm(passwordFile, { force: true });
  if (code !== 0) throw explained('The embedded PostgreSQL could not be set up', output, cluster);
  await appendFile(join(side, 'postgresql.conf'), `\ninclude '${settingsFile}'\n`);
  await rename(side, cluster.data);
}

/** Starts the server; returns when it takes connections, or when somebody else has begun to start it. */
export async function startServer(cluster: Cluster): Promise<void> {
  if (((await sizeOf(cluster.log)) ?? 0) > LARGEST_LOG) await rm(cluster.log);
  for (const deadline = Date.now() + START_PATIENCE; ; await sleep(200)) {
    disarmStaleFile(cluster.data);
    await writeSettings(cluster);
    const logged = (await sizeOf(cluster.log)) ?? 0;
    const { code, output } = await run(cluster, cluster.binaries.pgCtl, [
      ...['start', '-D', cluster.data, '-l', cluster.log, '-w', '-t', '60', '-s'],
    ]);
    if (code === 0 || runningServer(cluster.data)) return;
    const said = `${output}\n${(await readLog(cluster)).subarray(logged).toString()}`;
    if (!isPassing(said) || Date.now() > deadline) {
      throw explained('The embedded PostgreSQL could not be started', said, cluster);
    }
  }
}

/** Ends the server, if it runs; sessions are cut off, what they committed is kept. */
export async function stopServer(cluster: Cluster): Promise<void> {
  if (!runningServer(cluster.data)) return;
  const { output } = await run(cluster, cluster.binaries.pgCtl, [
    ...['stop', '-D', cluster.data, '-m', 'fast', '-w', '-t', '60', '-s'],
  ]);
  if (runningServer(cluster.data)) {
    throw explained('The embedded PostgreSQL could not be stopped', output, cluster);
  }
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

async function removeUnfinished(cluster: Cluster): Promise<void> {
  const left = (await readdir(cluster.home)).filter((name) => name.startsWith('unfinished-'));
  // An initdb whose parent was killed may still be writing for a moment.
  for (const name of left)
    await rm(join(cluster.home, name), { recursive: true, force: true, maxRetries: 5 });
}

// Another program took the port meanwhile, or children of a killed server have not noticed its death yet.
function isPassing(said: string): boolean {
  return /could not bind|address already in use|shared memory block|still in use/i.test(said);
}

async function readLog(cluster: Cluster): Promise<Buffer> {
  try {
    return await readFile(cluster.log);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return Buffer.alloc(0);
    throw error;
  }
}

// Detached, so that Ctrl-C in a terminal reaches only us: we need the database until our own work is done.
function run(cluster: Cluster, program: string, args: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(program, args, {
    ...cluster.user,
    cwd: cluster.home,
    detached: true,
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Promise((resolve) => {
    let output = '';
    const keep = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

function explained(what: string, output: string, cluster: Cluster): Error {
  const said = output.trim().split('\n').slice(-8).join('\n');
  return new Error(
    `${what}:\n${said}\nIts log is ${cluster.log}. To begin with an empty database, remove ${cluster.home}; ` +
      'to use another PostgreSQL server, set DATABASE_URL.',
  );
}
