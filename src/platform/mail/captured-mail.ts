import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { config } from '../config/config.ts';
import type { OutgoingMail, Transport } from './outgoing-mail.ts';

/**
 * A mail captured instead of sent: outside production, without a mail server. Stored as files, which web and worker share,
 * and not in the database, which must not contain secret links.
 */
export type CapturedMail = Readonly<{
  id: string;
  capturedAt: string;
  messageId: string;
  to: string;
  replyTo: string;
  unsubscribeLink: string | null;
  subject: string;
  text: string;
  html: string;
  /** All URLs in the text. */
  links: string[];
}>;

const DEFAULT_LIMIT = 1_000;
const CHUNK_SIZE = 100;
const FILE_NAME_PATTERN = /^\d[\w-]*\.json$/;
const URL_PATTERN = /https?:\/\/[^\s<>"]+/g;

const folder = join(config.dataDir, 'mailbox');

export const capturingTransport: Transport = { send: captureMail, close: () => {} };

/** Lists captured mails, newest first. */
export async function listCapturedMails(limit = DEFAULT_LIMIT): Promise<CapturedMail[]> {
  return Promise.all((await listFileNames()).slice(0, limit).map((name) => readMail(name)));
}

/** Reads all captured mails, newest first, in chunks: a large campaign leaves tens of thousands. */
export async function* readCapturedMails(): AsyncGenerator<CapturedMail> {
  const names = await listFileNames();
  for (let start = 0; start < names.length; start += CHUNK_SIZE) {
    yield* await Promise.all(names.slice(start, start + CHUNK_SIZE).map((name) => readMail(name)));
  }
}

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
  // Renaming is atomic, so readers never see a partial file.
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
