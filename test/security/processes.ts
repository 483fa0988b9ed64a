import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inject, vi } from 'vitest';
import { projectRoot } from '../../src/platform/config/config.ts';
import { testEnvironment } from '../support/test-environment.ts';

/** A process of the product, as it is deployed. */
export type RunningProcess = Readonly<{
  child: ChildProcess;
  /** All that it wrote, to either stream. */
  output(): string;
  errors(): string;
  /** Its exit status. */
  ended: Promise<number | null>;
  stop(): Promise<number | null>;
}>;

/** Compiles the product into a folder of its own, once a run. @returns the folder, which then holds `dist/` */
export async function compileProduct(): Promise<string> {
  const place = join(inject('run').directory, 'product');
  if (existsSync(place)) return place;
  const folder = await mkdtemp(`${place}-`);
  for (const name of ['views', 'public', 'migrations', 'node_modules', 'package.json']) {
    await symlink(join(projectRoot, name), join(folder, name));
  }
  const compiler = join(
    dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
    'bin',
    'tsc',
  );
  const { ended, output } = runNode(
    [compiler, '--project', projectRoot, '--outDir', join(folder, 'dist')],
    {},
  );
  if ((await ended) !== 0) throw new Error(output());
  // Another test file may have been quicker; then its copy is as good.
  return rename(folder, place).then(
    () => place,
    () => folder,
  );
}

/** What production needs to start, for one proxy in front of it. */
export const productionEnvironment = {
  ...testEnvironment,
  NODE_ENV: 'production',
  BASE_URL: 'https://alumni.example.org',
  DATABASE_URL: process.env.DATABASE_URL ?? '',
  SMTP_URL: 'smtps://127.0.0.1:1',
  MAIL_FROM: 'Alumni Office <office@example.org>',
  TRUST_PROXY: '1',
  LOG_LEVEL: 'info',
};

/** Starts node with these arguments, and with these settings alone. */
export function runNode(args: string[], env: Record<string, string>, input = ''): RunningProcess {
  const surroundings = { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: tmpdir() };
  const child = spawn(process.execPath, args, { env: { ...surroundings, ...env } });
  const written = { all: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    written.all += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    written.all += text;
    written.errors += text;
  });
  child.stdin.end(input);
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const stop = () => {
    child.kill('SIGTERM');
    return ended;
  };
  return { child, output: () => written.all, errors: () => written.errors, ended, stop };
}

/** Starts the web process and waits until it listens. */
export async function startServer(
  folder: string,
  env: Record<string, string>,
): Promise<RunningProcess & { port: number }> {
  const server = runNode([join(folder, 'dist', 'server.js')], env);
  const port = await vi.waitFor(
    () => {
      const [, listening] = /"port":(\d+)/.exec(server.output()) ?? [];
      if (!listening && server.child.exitCode === null) throw new Error('it is still starting');
      return Number(listening);
    },
    { timeout: 60_000, interval: 20 },
  );
  if (Number.isNaN(port)) throw new Error(`it ended before it listened: ${server.output()}`);
  return { ...server, port };
}
