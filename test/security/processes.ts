import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, inject, vi } from 'vitest';
import { projectRoot } from '../../src/platform/config/config.ts';
import { testEnvironment } from '../support/test-environment.ts';

/** A child process that runs the compiled product. */
export type RunningProcess = Readonly<{
  child: ChildProcess;
  /** Everything written to stdout and stderr. */
  output(): string;
  errors(): string;
  /** The exit code. */
  ended: Promise<number | null>;
  stop(): Promise<number | null>;
}>;

const children = new Set<ChildProcess>();
// Also after a timeout: a process that is left behind would go on working, and slow down the next test files.
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** Compiles the product once per test run. @returns the folder that contains `dist/` */
export async function compileProduct(): Promise<string> {
  const sharedFolder = join(inject('run').directory, 'product');
  if (existsSync(sharedFolder)) return sharedFolder;
  const folder = await mkdtemp(`${sharedFolder}-`);
  for (const name of ['views', 'public', 'migrations', 'locales', 'node_modules', 'package.json']) {
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
  // If another test file was quicker, keep this copy.
  return rename(folder, sharedFolder).then(
    () => sharedFolder,
    () => folder,
  );
}

/** The environment of a production process behind one proxy. */
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

/** Starts Node.js with these arguments and no other environment. */
export function runNode(args: string[], env: Record<string, string>, input = ''): RunningProcess {
  const baseEnvironment = { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: tmpdir() };
  const child = spawn(process.execPath, args, { env: { ...baseEnvironment, ...env } });
  children.add(child);
  const output = { all: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output.all += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output.all += text;
    output.errors += text;
  });
  child.stdin.end(input);
  const ended = once(child, 'close').then(([code]) => {
    children.delete(child);
    return code as number | null;
  });
  const stop = () => {
    child.kill('SIGTERM');
    return ended;
  };
  return { child, output: () => output.all, errors: () => output.errors, ended, stop };
}

/** Starts the web process and waits until it listens on a port. */
export async function startServer(
  folder: string,
  env: Record<string, string>,
): Promise<RunningProcess & { port: number }> {
  const server = runNode([join(folder, 'dist', 'server.js')], env);
  const port = await vi.waitFor(
    () => {
      const [, listening] = /"port":(\d+)/.exec(server.output()) ?? [];
      if (!listening && server.child.exitCode === null) throw new Error('the server is still starting');
      return Number(listening);
    },
    { timeout: 60_000, interval: 20 },
  );
  if (Number.isNaN(port)) throw new Error(`the server exited before it listened: ${server.output()}`);
  return { ...server, port };
}
