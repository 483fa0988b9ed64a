import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = resolve(import.meta.dirname, '../..');

export type RunningSite = Readonly<{ port: number; stop(): Promise<void> }>;

/** A production environment with the given database. */
export function productionEnvironment(databaseUrl: string): Record<string, string> {
  return {
    NODE_ENV: 'production',
    BASE_URL: 'https://alumni.example.org',
    DATABASE_URL: databaseUrl,
    SESSION_SECRETS: randomBytes(32).toString('hex'),
    LINK_KEYS: randomBytes(32).toString('hex'),
    SMTP_URL: 'smtps://mail.example.org:465',
    MAIL_FROM: 'office@example.org',
    TRUST_PROXY: '1',
  };
}

/** Starts the built site in another process. */
export function startSite(environment: Record<string, string>): Promise<RunningSite> {
  return startChild([join(root, 'dist', 'server.js')], environment, '/health/live');
}

export function startFloor(databaseUrl: string): Promise<RunningSite> {
  const environment = { NODE_ENV: 'production', DATABASE_URL: databaseUrl };
  return startChild(['--import', 'tsx', join(import.meta.dirname, 'floor.ts')], environment, '/');
}

async function startChild(
  args: string[],
  environment: Record<string, string>,
  path: string,
): Promise<RunningSite> {
  const port = await freePort();
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...environment, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  await waitUntilReady(child, `http://localhost:${port}${path}`);
  return {
    port,
    async stop() {
      process.off('exit', kill);
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function waitUntilReady(child: ChildProcess, url: string): Promise<void> {
  while (child.exitCode === null) {
    const status = await fetch(url).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return;
    await sleep(50);
  }
  throw new Error(`the server exited before it responded at ${url}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}
