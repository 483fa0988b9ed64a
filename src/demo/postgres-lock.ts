import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE = 180_000;

/** A process's name in files: its id and, where the system tells, the tick of its birth, since ids are used again. */
export function markOf(pid: number): string {
  return `${pid}-${birthOf(pid) ?? ''}`;
}

/** Whether the process with this mark still runs. A zombie doesn't. */
export function isAlive(mark: string): boolean {
  const pid = Number.parseInt(mark, 10);
  return pid > 0 && exists(pid) && markOf(pid) === mark;
}

/** Whether a process has this id; it may be a zombie, or anybody's. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

/**
 * Runs `work` while no other process runs work under the same lock, a directory that comes and goes at `path`.
 * The lock of a dead process counts for nothing.
 * @throws when another process holds it for three minutes
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const own = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const deadline = Date.now() + PATIENCE;
  await mkdir(join(own, markOf(process.pid)), { recursive: true });
  // A rename never replaces a directory that holds something: only one of many succeeds.
  while (!(await renamed(own, path, 'ENOTEMPTY', 'EEXIST', 'EPERM'))) {
    if (Date.now() > deadline) {
      await rm(own, { recursive: true, force: true });
      throw new Error(
        `Another process has held ${path} for minutes. If none is at work, remove it and try again.`,
      );
    }
    await breakStale(path, `${own}.stale`);
    await sleep(25);
  }
  try {
    return await work();
  } finally {
    // Moved before it is removed: an emptied directory would already be free for the next one to take.
    if (await renamed(path, own, 'ENOENT')) await rm(own, { recursive: true, force: true });
  }
}

/** Writes a file that is complete whenever it is seen; readable by its owner only. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const side = `${path}.${randomBytes(4).toString('hex')}`;
  await writeFile(side, text, { mode: 0o600 });
  await rename(side, path);
}

export function isCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

async function breakStale(path: string, aside: string): Promise<void> {
  const holder = await holderOf(path);
  if (holder === null || isAlive(holder)) return;
  if (!(await renamed(path, aside, 'ENOENT'))) return;
  // Somebody may have been quicker, and what was moved is already their living lock.
  if ((await holderOf(aside)) !== holder) await renamed(aside, path, 'ENOTEMPTY', 'EEXIST', 'EPERM');
  await rm(aside, { recursive: true, force: true });
}

async function holderOf(path: string): Promise<string | null> {
  try {
    return (await readdir(path))[0] ?? null;
  } catch {
    return null;
  }
}

/** Whether the rename went through; `failures` are the error codes that mean it was too late. */
async function renamed(from: string, to: string, ...failures: string[]): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (isCode(error, ...failures)) return false;
    throw error;
  }
}

function birthOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field, the command in parentheses, may hold blanks and parentheses itself.
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? 'zombie' : (rest[18] ?? null);
  } catch {
    return null;
  }
}
