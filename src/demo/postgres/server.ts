import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { chown, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { hasErrorCode } from '../files.ts';
import type { PostgresInstallation } from './installation.ts';

// Terse and without failed statements, so that the log contains no user input.
const settings = [
  'listen_addresses=127.0.0.1 unix_socket_directories= max_connections=400',
  'log_min_messages=log log_error_verbosity=terse log_min_error_statement=panic',
];
const nonDurableSettings =
  'fsync=off synchronous_commit=off full_page_writes=off wal_level=minimal max_wal_senders=0';

const dataDirectory = (home: string) => join(home, 'cluster');

/** Creates the data directory if it is missing. It is renamed when complete, so an existing one is always complete. */
export async function ensureCluster(installation: PostgresInstallation, durable: boolean): Promise<void> {
  const { home, user } = installation;
  if (existsSync(dataDirectory(home))) return;
  const unfinished = (await readdir(home)).filter((name) => name.startsWith('unfinished-'));
  for (const name of unfinished) await rm(join(home, name), { recursive: true, maxRetries: 5 });
  const passwordFile = join(home, 'password');
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600 });
  if (user) await chown(passwordFile, user.uid, user.gid);
  const temporary = join(home, `unfinished-${randomBytes(4).toString('hex')}`);
  await runProgram(installation, 'initdb', [
    ...['-D', temporary, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
    ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ...[...settings, ...(durable ? [] : [nonDurableSettings])]
      .flatMap((line) => line.split(' '))
      .map((setting) => `--set=${setting}`),
    ...(durable ? [] : ['--no-sync']),
  ]);
  await rename(temporary, dataDirectory(home));
}

/** Finds the server running in `home` by its PID file; null if there is none. It may still be starting. */
export function findRunningServer(home: string): { pid: number; port: number } | null {
  const [pid, data = '', , port] = readPidFile(home).split('\n');
  return isPostgresProcess(Number(pid), data) ? { pid: Number(pid), port: Number(port) } : null;
}

/** Starts the server and waits until it accepts connections. @throws Error with the server's log */
export async function startServer(installation: PostgresInstallation, port: number): Promise<void> {
  invalidateStalePidFile(installation.home);
  const log = join(installation.home, 'server.log');
  await rm(log, { force: true });
  const options = ['-D', dataDirectory(installation.home), '-l', log, '-o', `-p ${port}`, '-w', '-s'];
  await runProgram(installation, 'pg_ctl', ['start', ...options]).catch(async (error) => {
    throw new Error(`${error.message}\n${await readFile(log, 'utf8').catch(() => '')}`);
  });
}

/** Fast shutdown: disconnects clients and keeps committed data. Uses a signal, because a second Ctrl-C would kill pg_ctl. */
export async function stopServer({ home }: PostgresInstallation): Promise<void> {
  const running = findRunningServer(home);
  if (running) process.kill(running.pid, 'SIGINT');
  while (findRunningServer(home)) await sleep(20);
}

function readPidFile(home: string): string {
  try {
    return readFileSync(join(dataDirectory(home), 'postmaster.pid'), 'utf8');
  } catch (error) {
    // A server that stops removes it; the directory may be missing.
    if (hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'ENOTDIR')) return '';
    throw error;
  }
}

// A zombie or an unrelated process may have the PID of a dead server. Only Linux lets us check.
function isPostgresProcess(pid: number, data: string): boolean {
  try {
    if (pid === 0 || process.platform !== 'linux') return pid > 0 && process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(data);
  } catch {
    return false;
  }
}

/**
 * Replaces the PID in a stale `postmaster.pid` by an impossible one: PostgreSQL refuses to start while any process has that
 * PID, even an unrelated one. The rest of the file is kept, because PostgreSQL uses it to detect leftover processes.
 */
function invalidateStalePidFile(home: string): void {
  const text = readPidFile(home);
  if (text) writeFileSync(join(dataDirectory(home), 'postmaster.pid'), text.replace(/^\d+/, '2147483646'));
}

function runProgram(
  { home, user, bin }: PostgresInstallation,
  program: string,
  args: string[],
): Promise<unknown> {
  const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
  return promisify(execFile)(join(bin, program), args, { ...user, cwd: home, env });
}
