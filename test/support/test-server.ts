import { existsSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasErrorCode } from '../../src/demo/files.ts';
import { startPostgres } from '../../src/demo/postgres/postgres.ts';
import { findRunningServer } from '../../src/demo/postgres/server.ts';

export type TestServer = {
  /** As a role that can create databases. */
  url: string;
  /** Whether the server outlives the run, so that its test databases must be dropped. */
  isShared: boolean;
  /** A directory for files of the run. */
  directory: string;
  /** Stops the server and removes the directory. */
  remove(): Promise<void>;
};

const PREFIX = 'homecoming-tests-';

/** Uses the server of TEST_DATABASE_URL, or starts an embedded one for this run. */
export async function startTestServer(): Promise<TestServer> {
  removeAbandonedDirectories();
  const directory = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const sharedUrl = process.env.TEST_DATABASE_URL;
  if (sharedUrl)
    return {
      url: sharedUrl,
      isShared: true,
      directory,
      remove: async () => removeServerDirectory(directory),
    };
  // As root, the server runs as another user, who needs access.
  if (process.getuid?.() === 0) await chmod(directory, 0o711);
  const server = await startPostgres({ directory: join(directory, 'postgres'), durable: false });
  // On Ctrl-C vitest leaves no time for asynchronous work.
  const removeNow = () => removeServerDirectory(directory);
  process.once('exit', removeNow);
  const remove = async () => {
    process.off('exit', removeNow);
    await server.stop();
    removeServerDirectory(directory);
  };
  return { url: server.url, isShared: false, directory, remove };
}

// Left by runs that were killed.
function removeAbandonedDirectories(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(PREFIX) || isAlive(Number.parseInt(name.slice(PREFIX.length), 10))) continue;
    try {
      removeServerDirectory(join(tmpdir(), name));
    } catch {
      // It belongs to another user.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return hasErrorCode(error, 'EPERM');
  }
}

function removeServerDirectory(directory: string): void {
  const postgres = join(directory, 'postgres');
  const running = findRunningServer(postgres);
  if (running) process.kill(running.pid, 'SIGQUIT');
  // As root, it may be a symbolic link to a directory that the server's user can access.
  const paths = existsSync(postgres) ? [realpathSync(postgres), directory] : [directory];
  for (const path of paths) rmSync(path, { recursive: true, force: true, maxRetries: 5 });
}
