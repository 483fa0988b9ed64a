import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startPostgres, stopAbandoned } from '../../src/demo/postgres.ts';
import { runningServer } from '../../src/demo/postgres-postmaster.ts';

type Started = { child: ChildProcess; url: string; adopted: boolean };

let directory: string;
let children: ChildProcess[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'homecoming-postgres-'));
  children = [];
});

afterEach(async () => {
  for (const child of children) await end(child, 'SIGKILL');
  const home = await stopAbandoned(directory);
  for (const path of [directory, home]) await rm(path, { recursive: true, force: true });
});

// Each of these waits for initdb and for several processes, on a computer that may be busy.
describe('the embedded PostgreSQL', { timeout: 60_000 }, () => {
  test('gives a plain role that owns its database and may make databases and the extensions in use', async () => {
    const server = await startPostgres({ directory, durable: false });
    expect(server.adopted).toBe(false);
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
    expect(runningServer(join(server.home, 'cluster'))).toBeNull();
  });

  test('refuses a wrong password, listens on this computer only, and starts although a stranger has its old id', async () => {
    const server = await startPostgres({ directory, durable: false });
    const wrong = new URL(server.url);
    wrong.password = 'guess';
    await expect(query(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/);
    const file = join(server.home, 'cluster', 'postmaster.pid');
    const text = await readFile(file, 'utf8');
    const [socketDirectory, address] = text.split('\n').slice(4);
    expect([socketDirectory, address]).toEqual(['', '127.0.0.1']);
    expect((await stat(server.home)).mode & 0o077).toBe(0);
    expect((await stat(join(server.home, 'passwords.json'))).mode & 0o077).toBe(0);
    await server.stop();
    await writeFile(file, text.replace(/^\d+/, String(process.pid)));
    const again = await startPostgres({ directory, durable: false });
    expect(again.adopted).toBe(false);
    await again.stop();
  });

  test('is adopted by a second process, and runs until the last of them stops it', async () => {
    const first = await startElsewhere();
    const second = await startPostgres({ directory });
    expect([first.adopted, second.adopted]).toEqual([false, true]);
    expect(second.url).toBe(first.url);
    await stop(first);
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await second.stop();
    expect(runningServer(join(second.home, 'cluster'))).toBeNull();
  });

  test('outlives Ctrl-C and kill -9 of the process group that started it', async () => {
    const first = await startElsewhere();
    await end(first.child, 'SIGINT');
    expect(await query(first.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    const second = await startElsewhere();
    await end(second.child, 'SIGKILL');
    const third = await startPostgres({ directory });
    expect([second.adopted, third.adopted, third.url]).toEqual([true, true, first.url]);
    // Two users died without a word; the third is the last living one.
    await third.stop();
    expect(runningServer(join(third.home, 'cluster'))).toBeNull();
  });

  test('recovers what was committed after its server was killed', async () => {
    const first = await startPostgres({ directory });
    await query(first.url, 'create table kept as select 42 as answer');
    const running = runningServer(join(first.home, 'cluster'));
    if (!running) throw new Error('the server is not running');
    process.kill(running.pid, 'SIGKILL');
    const second = await startPostgres({ directory });
    expect(second.adopted).toBe(false);
    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    await first.stop();
    await second.stop();
  });

  test('is set up once when two first starts come at once', async () => {
    const both = await Promise.all([startElsewhere(), startElsewhere()]);
    expect(both.map(({ adopted }) => adopted).sort()).toEqual([false, true]);
    expect(both[0].url).toBe(both[1].url);
    expect(await query(both[0].url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('is set up by the next start when the first was killed at it', async () => {
    const child = run();
    const unfinished = async () => (await readdir(directory)).filter((name) => /^unfinished-\w+$/.test(name));
    await vi.waitUntil(async () => (await unfinished()).length > 0, { timeout: 15_000, interval: 5 });
    await end(child, 'SIGKILL');
    expect(await readdir(directory)).not.toContain('cluster');
    const next = await startPostgres({ directory, durable: false });
    expect(next.adopted).toBe(false);
    expect(await query(next.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await next.stop();
  });
});

// Another process, in a group of its own as in a terminal of its own.
function run(): ChildProcess {
  const program = join(import.meta.dirname, 'postgres-user.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', program, directory], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

async function startElsewhere(): Promise<Started> {
  const child = run();
  if (!child.stdout) throw new Error('no output to read');
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`ended with ${code} before it was ready`))),
  ]);
  return { child, ...JSON.parse(line) };
}

async function stop({ child }: Started): Promise<void> {
  const ended = once(child, 'exit');
  child.stdin?.end();
  expect(await ended).toEqual([0, null]);
}

async function end(child: ChildProcess, signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
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
