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
const WEB_ADDRESS = /https?:\/\/[^\s<>"]+/g;

const folder = join(config.dataDir, 'mailbox');

export const catchingTransport: Transport = { send: catchMail, close: () => {} };

/** The caught mails, newest first, a thousand at most. */
export async function caughtMails(): Promise<CaughtMail[]> {
  const names = await readdir(folder).catch(() => []);
  const newest = names
    .filter((name) => /^\d[\w-]*\.json$/.test(name))
    .sort()
    .reverse()
    .slice(0, LISTED);
  return Promise.all(newest.map((name) => readMail(name)));
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
