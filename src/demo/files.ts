import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const BEAT_MS = 1_000;
const STALE_MS = 5_000;

/**
 * Runs `work` while no other process runs work under the same lock, a directory that comes and goes at `path`.
 * Its holder touches it every second: a lock that was not touched for five belongs to a dead process.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  while (!(await isTaken(path))) {
    if (Date.now() - (await touchedAt(path)) > STALE_MS) await rm(path, { recursive: true, force: true });
    else await sleep(50);
  }
  const beat = setInterval(() => touch(path), BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    await rm(path, { recursive: true, force: true });
  }
}

/** Writes a file that is complete whenever it is seen; readable by its owner only. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const side = `${path}.${randomBytes(4).toString('hex')}`;
  await writeFile(side, text, { mode: 0o600 });
  await rename(side, path);
}

export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

async function isTaken(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function touchedAt(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    // Given back just now.
    if (isCode(error, 'ENOENT')) return Date.now();
    throw error;
  }
}

function touch(path: string): void {
  const now = new Date();
  utimes(path, now, now).catch(() => {});
}
