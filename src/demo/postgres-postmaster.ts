import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { exists, isCode } from './postgres-lock.ts';

// Larger than any process id can be.
const NOBODYS_PID = '2147483646';

/** The server that runs on this data directory by what it wrote there itself, or null. It may still be starting. */
export function runningServer(data: string): { pid: number; port: number } | null {
  const [pid = 0, , , port = 0] = postmasterFile(data).split('\n').map(Number);
  return pid > 0 && port > 0 && isPostmaster(pid, data) ? { pid, port } : null;
}

/**
 * Makes PostgreSQL see that the server named in `postmaster.pid` is dead. It sees by itself when no process has that
 * id; it doesn't when a zombie or a stranger has it, and would refuse to start. The rest of the file stays: by it
 * PostgreSQL finds out whether children of the dead server still run. Only to be called when no server runs.
 */
export function disarmStaleFile(data: string): void {
  const text = postmasterFile(data);
  const pid = Number.parseInt(text, 10);
  if (pid > 0 && exists(pid)) writeFileSync(fileIn(data), text.replace(/^\d+/, NOBODYS_PID));
}

function postmasterFile(data: string): string {
  try {
    return readFileSync(fileIn(data), 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return '';
    throw error;
  }
}

function fileIn(data: string): string {
  return join(data, 'postmaster.pid');
}

// Where the system doesn't say what a process is, its id alone must do.
function isPostmaster(pid: number, data: string): boolean {
  if (!exists(pid)) return false;
  if (process.platform !== 'linux') return true;
  const [program = '', ...args] = tryReading(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
  if (basename(program) !== 'postgres') return false;
  return args.includes(data) || tryReading(() => readlinkSync(`/proc/${pid}/cwd`)) === data;
}

function tryReading(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
