import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { config } from '../config.ts';
import type { OutgoingMail, Transport } from './transport.ts';

/**
 * Outside production, without a mail server: each mail becomes a file. Not a table: the web and the worker are two
 * processes, and the database must never hold a secret link.
 */
export type CaughtMail = Readonly<{
  id: string;
  caughtAt: string;
  messageId: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  /** All web addresses of the text, whole. */
  links: string[];
}>;

const LISTED = 1_000;
const READ_AT_ONCE = 100;
const NAME = /^\d[\w-]*\.json$/;
const WEB_ADDRESS = /https?:\/\/[^\s<>"]+/g;

const folder = join(config.dataDir, 'mailbox');

export const catchingTransport: Transport = { send: catchMail, close: () => {} };

/** The newest of the caught mails. */
export async function caughtMails(most = LISTED): Promise<CaughtMail[]> {
  return Promise.all((await names()).slice(0, most).map((name) => readMail(name)));
}

/** All of them, newest first, some at a time: a large campaign leaves tens of thousands. */
export async function* everyCaughtMail(): AsyncGenerator<CaughtMail> {
  const all = await names();
  for (let start = 0; start < all.length; start += READ_AT_ONCE) {
    yield* await Promise.all(all.slice(start, start + READ_AT_ONCE).map((name) => readMail(name)));
  }
}

/** The caught mail of that id, or null. */
export function caughtMail(id: string): Promise<CaughtMail | null> {
  return NAME.test(`${id}.json`) ? readMail(`${id}.json`).catch(() => null) : Promise.resolve(null);
}

async function names(): Promise<string[]> {
  const found = await readdir(folder).catch(() => []);
  return found
    .filter((name) => NAME.test(name))
    .sort()
    .reverse();
}

async function catchMail(mail: OutgoingMail): Promise<void> {
  await mkdir(config.dataDir, { recursive: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const caughtAt = new Date().toISOString();
  const id = `${caughtAt.replace(/\D/g, '')}-${mail.messageId.replace(/[^\w-]/g, '-')}`;
  const file = join(folder, `${id}.json`);
  // A reader never meets half a mail: renaming is atomic.
  await writeFile(`${file}.part`, JSON.stringify({ ...mail, caughtAt }), { mode: 0o600 });
  await rename(`${file}.part`, file);
}

async function readMail(name: string): Promise<CaughtMail> {
  const mail: Omit<CaughtMail, 'id' | 'links'> = JSON.parse(await readFile(join(folder, name), 'utf8'));
  return { ...mail, id: name.replace('.json', ''), links: linksOf(mail.text) };
}

function linksOf(text: string): string[] {
  return [...text.matchAll(WEB_ADDRESS)].map(([link]) => link.replace(/[.,;:!?)]+$/, ''));
}
