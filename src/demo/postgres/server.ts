import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { chown, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Place } from './place.ts';

// No errors of statements, and terse: the log must not hold what people typed.
const settings = [
  'listen_addresses=127.0.0.1 unix_socket_directories= max_connections=200',
  'log_min_messages=log log_error_verbosity=terse log_min_error_statement=panic',
];
const notDurable =
  'fsync=off synchronous_commit=off full_page_writes=off wal_level=minimal max_wal_senders=0';

const dataIn = (home: string) => join(home, 'cluster');

/** Makes the data directory if there is none: aside, then renamed, so that one which is there is complete. */
export async function makeCluster(place: Place, durable: boolean): Promise<void> {
  const { home, user } = place;
  if (existsSync(dataIn(home))) return;
  const unfinished = (await readdir(home)).filter((name) => name.startsWith('unfinished-'));
  for (const name of unfinished) await rm(join(home, name), { recursive: true, maxRetries: 5 });
  const passwordFile = join(home, 'password');
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600 });
  if (user) await chown(passwordFile, user.uid, user.gid);
  const side = join(home, `unfinished-${randomBytes(4).toString('hex')}`);
  await run(place, 'initdb', [
    ...['-D', side, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
    ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ...[...settings, ...(durable ? [] : [notDurable])]
      .flatMap((some) => some.split(' '))
      .map((one) => `--set=${one}`),
    ...(durable ? [] : ['--no-sync']),
  ]);
  await rename(side, dataIn(home));
}

/** The server that runs in that directory by what it wrote there itself, or null. It may still be starting. */
export function runningServer(home: string): { pid: number; port: number } | null {
  const [pid, data = '', , port] = postmasterFile(home).split('\n');
  return isServer(Number(pid), data) ? { pid: Number(pid), port: Number(port) } : null;
}

/** Returns when the server takes connections. @throws an Error with the end of its log */
export async function startServer(place: Place, port: number): Promise<void> {
  disarmStaleFile(place.home);
  const log = join(place.home, 'server.log');
  await rm(log, { force: true });
  const options = ['-D', dataIn(place.home), '-l', log, '-o', `-p ${port}`, '-w', '-s'];
  await run(place, 'pg_ctl', ['start', ...options]).catch(async (error) => {
    throw new Error(`${error.message}\n${await readFile(log, 'utf8').catch(() => '')}`);
  });
}

/** Sessions are cut off; what they committed is kept. By a signal: a second Ctrl-C would end a pg_ctl. */
export async function stopServer({ home }: Place): Promise<void> {
  const running = runningServer(home);
  if (running) process.kill(running.pid, 'SIGINT');
  while (runningServer(home)) await sleep(20);
}

function postmasterFile(home: string): string {
  const file = join(dataIn(home), 'postmaster.pid');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

// A zombie or a stranger may have the id of a server that died. Only Linux tells.
function isServer(pid: number, data: string): boolean {
  try {
    if (pid === 0 || process.platform !== 'linux') return pid > 0 && process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(data);
  } catch {
    return false;
  }
}

/**
 * PostgreSQL refuses to start while any process has the id in `postmaster.pid`, be it a zombie or a stranger: it gets
 * one that no process can have. By the rest it finds out whether processes of the dead server still run.
 */
function disarmStaleFile(home: string): void {
  const text = postmasterFile(home);
  if (text) writeFileSync(join(dataIn(home), 'postmaster.pid'), text.replace(/^\d+/, '2147483646'));
}

function run({ home, user, bin }: Place, program: string, args: string[]): Promise<unknown> {
  const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
  return promisify(execFile)(join(bin, program), args, { ...user, cwd: home, env });
}
