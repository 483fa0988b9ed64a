import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { config } from '../config/config.ts';
import type { OutgoingMail, Transport } from './outgoing-mail.ts';

/**
 * Outside production, without a mail server: each mail becomes a file. Not a table: the web and the worker are two
 * processes, and the database must never hold a secret link.
 */
export type CapturedMail = Readonly<{
  id: string;
  capturedAt: string;
  messageId: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  /** All web addresses of the text, whole. */
  links: string[];
}>;

const DEFAULT_LIMIT = 1_000;
const CHUNK_SIZE = 100;
const FILE_NAME_PATTERN = /^\d[\w-]*\.json$/;
const URL_PATTERN = /https?:\/\/[^\s<>"]+/g;

const folder = join(config.dataDir, 'mailbox');

export const capturingTransport: Transport = { send: captureMail, close: () => {} };

/** The newest of the caught mails. */
export async function listCapturedMails(limit = DEFAULT_LIMIT): Promise<CapturedMail[]> {
  return Promise.all((await listFileNames()).slice(0, limit).map((name) => readMail(name)));
}

/** All of them, newest first, some at a time: a large campaign leaves tens of thousands. */
export async function* readCapturedMails(): AsyncGenerator<CapturedMail> {
  const all = await listFileNames();
  for (let start = 0; start < all.length; start += CHUNK_SIZE) {
    yield* await Promise.all(all.slice(start, start + CHUNK_SIZE).map((name) => readMail(name)));
  }
}

/** The caught mail of that id, or null. */
export function findCapturedMail(id: string): Promise<CapturedMail | null> {
  return FILE_NAME_PATTERN.test(`${id}.json`)
    ? readMail(`${id}.json`).catch(() => null)
    : Promise.resolve(null);
}

async function listFileNames(): Promise<string[]> {
  const found = await readdir(folder).catch(() => []);
  return found
    .filter((name) => FILE_NAME_PATTERN.test(name))
    .sort()
    .reverse();
}

async function captureMail(mail: OutgoingMail): Promise<void> {
  await mkdir(config.dataDir, { recursive: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const capturedAt = new Date().toISOString();
  const id = `${capturedAt.replace(/\D/g, '')}-${mail.messageId.replace(/[^\w-]/g, '-')}`;
  const file = join(folder, `${id}.json`);
  // A reader never meets half a mail: renaming is atomic.
  await writeFile(`${file}.part`, JSON.stringify({ ...mail, capturedAt }), { mode: 0o600 });
  await rename(`${file}.part`, file);
}

async function readMail(name: string): Promise<CapturedMail> {
  const mail: Omit<CapturedMail, 'id' | 'links'> = JSON.parse(await readFile(join(folder, name), 'utf8'));
  return { ...mail, id: name.replace('.json', ''), links: extractLinks(mail.text) };
}

function extractLinks(text: string): string[] {
  return [...text.matchAll(URL_PATTERN)].map(([link]) => link.replace(/[.,;:!?)]+$/, ''));
}
