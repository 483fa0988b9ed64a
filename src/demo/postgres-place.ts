import { createHash, randomBytes } from 'node:crypto';
import { chmod, chown, lstat, mkdir, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isCode, withLock, writeWhole } from './postgres-lock.ts';
import { canEnter, give, nearestExisting, type ServerUser, serverUserFor } from './postgres-user.ts';

/**
 * Where the server that belongs to `directory` lives, and as whom: in that directory itself; or, for root, when the
 * server's user can't enter it (a checkout below /root), in one below /var/lib/homecoming that the file `elsewhere`
 * in `directory` names. The home is made if need be, closed to everyone but the server's user.
 */
export async function placeFor(directory: string): Promise<{ home: string; user: ServerUser }> {
  const user = await serverUserFor(directory);
  await makeOpenDirectory(dirname(directory));
  const parent = await realpath(dirname(directory));
  const isInside = user === null || ((await canEnter(parent, user)) && !(await homeElsewhere(directory)));
  return { home: await makeHome(isInside ? directory : await elsewhere(directory, user), user), user };
}

/** A directory of ours, safe from other people, for what may be used from several checkouts. */
export async function sharedDirectory(user: ServerUser): Promise<string> {
  const own = [
    join(homedir(), '.cache', 'homecoming'),
    join(tmpdir(), `homecoming-${process.getuid?.() ?? ''}`),
  ];
  const candidates = user ? ['/var/lib/homecoming', '/var/tmp/homecoming'] : own;
  for (const candidate of candidates) {
    if (await isUsable(candidate, user)) return candidate;
  }
  throw new Error(
    `The embedded PostgreSQL needs a place that its user can enter, and none of ${candidates.join(', ')} will do. ` +
      'Move the project to a directory that everyone may enter, or set DATABASE_URL to a PostgreSQL server.',
  );
}

/**
 * Makes a directory and its parents where they are missing. What root makes in somebody's checkout stays theirs, and
 * the server's user can enter it whatever the umask.
 */
export async function makeOpenDirectory(path: string): Promise<void> {
  // One by one: a recursive mkdir gives its mode to every directory on the way.
  if ((await nearestExisting(path)) === path) return;
  await makeOpenDirectory(dirname(path));
  // Renamed, so that two starts at once never see it before it can be entered.
  const side = `${path}.${randomBytes(4).toString('hex')}`;
  await mkdir(side).catch(explainDenied);
  if (process.getuid?.() === 0) {
    const { uid, gid } = await stat(dirname(path));
    await chmod(side, 0o755);
    await chown(side, uid, gid);
  }
  try {
    await rename(side, path);
  } catch (error) {
    await rm(side, { recursive: true, force: true });
    if (!isCode(error, 'ENOTEMPTY', 'EEXIST', 'EPERM')) throw error;
  }
}

async function homeElsewhere(directory: string): Promise<string | null> {
  try {
    return await readFile(join(directory, 'elsewhere'), 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

async function elsewhere(directory: string, user: ServerUser): Promise<string> {
  const shared = await sharedDirectory(user);
  await makeOpenDirectory(directory);
  return withLock(join(directory, 'lock'), async () => {
    const known = await homeElsewhere(directory);
    if (known) return known;
    // What an earlier checkout at this place had is of no use any more; a server in it notices and ends.
    const prefix = createHash('sha256').update(directory).digest('hex').slice(0, 16);
    const stale = (await readdir(shared)).filter((name) => name.startsWith(prefix));
    for (const name of stale) await rm(join(shared, name), { recursive: true, force: true, maxRetries: 5 });
    const home = join(shared, `${prefix}-${randomBytes(4).toString('hex')}`);
    await writeWhole(join(directory, 'elsewhere'), home);
    return home;
  });
}

async function makeHome(home: string, user: ServerUser): Promise<string> {
  try {
    await mkdir(home, { mode: 0o700 });
  } catch (error) {
    if (!isCode(error, 'EEXIST')) explainDenied(error);
  }
  const { uid } = await stat(home);
  if (user && uid !== user.uid) await give(home, user);
  if (!user && process.getuid && uid !== process.getuid()) {
    throw new Error(
      `${home} belongs to another user, who has started Homecoming here before (root, with sudo?). ` +
        'Start as that user again, or remove that directory and its data.',
    );
  }
  await chmod(home, 0o700);
  return realpath(home);
}

function explainDenied(cause: unknown): never {
  if (!isCode(cause, 'EACCES', 'EPERM', 'EROFS')) throw cause;
  throw new Error(
    `Homecoming can’t keep its data here (${cause instanceof Error ? cause.message : ''}). ` +
      'Set DATA_DIR to a directory that you may write to.',
    { cause },
  );
}

// Anybody may have made a directory of this name below /var/tmp: what isn't ours alone is not used.
async function isUsable(directory: string, user: ServerUser): Promise<boolean> {
  try {
    await makeOpenDirectory(dirname(directory));
    await mkdir(directory);
    await chmod(directory, 0o755);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) return false;
  }
  const entry = await lstat(directory);
  const ours = entry.isDirectory() && entry.uid === process.getuid?.() && (entry.mode & 0o022) === 0;
  return ours && (user === null || canEnter(directory, user));
}
