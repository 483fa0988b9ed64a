import { rmSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, stopAbandoned } from '../../src/demo/postgres.ts';
import { isAlive, markOf } from '../../src/demo/postgres-lock.ts';
import { runningServer } from '../../src/demo/postgres-postmaster.ts';

export type TestServer = {
  /** As a role that may make databases. */
  url: string;
  /** Whether it outlives the run, so that the run must drop what it made. */
  isShared: boolean;
  /** For whatever the run writes. */
  directory: string;
  /** Ends the server and removes the directory. */
  remove(): Promise<void>;
};

const PREFIX = 'homecoming-test-';

/** The server of TEST_DATABASE_URL, or an embedded one for this run. */
export async function testServer(): Promise<TestServer> {
  await removeAbandoned();
  const directory = await mkdtemp(join(tmpdir(), `${PREFIX}${markOf(process.pid)}-`));
  const given = process.env.TEST_DATABASE_URL;
  if (given) return { url: given, isShared: true, directory, remove: () => removeAll(directory) };
  // As root, the server runs as another user, who must get through.
  if (process.getuid?.() === 0) await chmod(directory, 0o711);
  const server = await startPostgres({ directory: postgresIn(directory), durable: false });
  const removeNow = () => {
    const running = runningServer(join(server.home, 'cluster'));
    if (running) process.kill(running.pid, 'SIGQUIT');
    for (const path of [directory, server.home])
      rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  };
  // On Ctrl-C vitest leaves no time for anything that waits.
  process.once('exit', removeNow);
  const remove = async () => {
    process.off('exit', removeNow);
    await server.stop();
    await removeAll(directory, server.home);
  };
  return { url: server.url, isShared: false, directory, remove };
}

// What a run left that was killed before its end.
async function removeAbandoned(): Promise<void> {
  const runs = (await readdir(tmpdir())).filter((name) => name.startsWith(PREFIX));
  const dead = runs.filter((name) => !isAlive(name.slice(PREFIX.length).replace(/-[^-]*$/, '')));
  for (const name of dead) {
    const directory = join(tmpdir(), name);
    // What belongs to another user is theirs to remove.
    await stopAbandoned(postgresIn(directory))
      .then((home) => removeAll(directory, home))
      .catch(() => {});
  }
}

function postgresIn(directory: string): string {
  return join(directory, 'postgres');
}

async function removeAll(...paths: string[]): Promise<void> {
  for (const path of paths) await rm(path, { recursive: true, force: true, maxRetries: 5 });
}
