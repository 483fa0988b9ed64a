import { chown, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isCode } from './postgres-lock.ts';

/** Who runs the server: null is ourselves. */
export type ServerUser = { uid: number; gid: number } | null;

type Entry = { mode: number; uid: number; gid: number };
type KnownUser = { name: string; uid: number; gid: number };

/**
 * PostgreSQL refuses to run as root. For root, the server's user is the owner of the directory, or of the nearest
 * parent that is there; if that is root too, postgres, or else nobody. No user is made.
 */
export async function serverUserFor(directory: string): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return null;
  const known = await knownUsers();
  const owner = await stat(await nearestExisting(directory));
  const user = known.find(({ uid }) => uid === owner.uid && uid !== 0) ?? byName(known, 'postgres', 'nobody');
  if (user) return { uid: user.uid, gid: user.gid };
  throw new Error(
    'PostgreSQL refuses to run as root, and this system has neither a user postgres nor nobody to run it. ' +
      'Start as an ordinary user, or set DATABASE_URL to a PostgreSQL server.',
  );
}

/** Gives a file to the server's user. */
export async function give(path: string, user: ServerUser): Promise<void> {
  try {
    if (user) await chown(path, user.uid, user.gid);
  } catch (cause) {
    throw new Error(
      'PostgreSQL refuses to run as root, and this system doesn’t let root give it a directory as another user ' +
        `(${cause instanceof Error ? cause.message : ''}). Start as an ordinary user, or set DATABASE_URL to a PostgreSQL server.`,
      { cause },
    );
  }
}

/** Whether that user may pass through the directory and all its parents. */
export async function canEnter(path: string, user: { uid: number; gid: number }): Promise<boolean> {
  for (let place = path; ; place = dirname(place)) {
    if (!allows(await stat(place), user, 1)) return false;
    if (place === dirname(place)) return true;
  }
}

/** Whether the permission bits (4 read, 1 enter or run) are there for that user. */
export function allows(entry: Entry, user: { uid: number; gid: number }, bits: number): boolean {
  const shift = entry.uid === user.uid ? 6 : entry.gid === user.gid ? 3 : 0;
  return ((entry.mode >> shift) & bits) === bits;
}

export async function nearestExisting(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
    return nearestExisting(dirname(path));
  }
}

// initdb fails for a user whom the system has no name for, so the owner of a mounted directory may not do.
async function knownUsers(): Promise<KnownUser[]> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  return lines.flatMap(([name, , uid, gid]) =>
    name && uid && gid ? [{ name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }] : [],
  );
}

function byName(known: KnownUser[], ...names: string[]): KnownUser | undefined {
  return names.map((wanted) => known.find(({ name }) => name === wanted)).find((user) => user !== undefined);
}
