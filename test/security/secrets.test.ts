import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyPassword } from '../../src/accounts/password.ts';
import { hashToken } from '../../src/platform/crypto/signed-links.ts';
import { database } from '../../src/platform/db/database.ts';
import { listCapturedMails } from '../../src/platform/mail/captured-mail.ts';
import { queryRow, queryRows } from '../support/database.ts';
import { playJourney, secrets } from './journey.ts';
import { listTables } from './snapshot.ts';

const dumps: string[] = [];
let log: string;

beforeAll(async () => {
  log = await playJourney(async () => {
    dumps.push(await dump());
  });
}, 60_000);
afterAll(() => database.close());

/** Every row of every table as JSON: also what waits in the queue, and what failed there. */
async function dump(): Promise<string> {
  const parts: string[] = [];
  for (const table of await listTables()) {
    const found = await queryRows<{ line: string }>(`select to_jsonb(t)::text as line from ${table} t`);
    parts.push(...found.map(({ line }) => `${table} ${line}`));
  }
  return parts.join('\n');
}

/** Which of the secrets a text holds, in whole or in the part that makes them secret. */
function found(text: string): string[] {
  const { tokens, codes, passwords } = secrets;
  const ofToken = (token: string) => [
    token.slice(0, 40),
    token.slice(-40),
    Buffer.from(token, 'base64url').subarray(17).toString('hex'),
  ];
  return [
    ...[...tokens].filter((token) => ofToken(token).some((part) => text.includes(part))),
    ...[...codes].filter((code) => new RegExp(`(?<![\\w.])${code}(?!\\w)`).test(text)),
    ...Object.values(passwords).filter((password) => text.includes(password)),
  ];
}

describe('after a journey by every way there is', () => {
  it('there are secrets to look for, and places to look into', () => {
    expect(secrets.tokens.size).toBe(6);
    expect(secrets.codes.size).toBe(1);
    expect(secrets.sessions.size).toBeGreaterThanOrEqual(5);
    const [waiting = '', done = ''] = dumps;
    expect(waiting).toMatch(/graphile_worker\._private_jobs .*messageId/);
    for (const table of [
      'accounts',
      'audit_events',
      'invitation_links',
      'messages',
      'sessions',
      'password_resets',
      'mailbox_codes',
      'rate_limits',
    ]) {
      expect(done).toContain(`public.${table} {`);
    }
    expect(log.split('\n').length).toBeGreaterThan(100);
    expect(log).toContain('/register');
    expect(log).toMatch(/send-message/);
  });

  it('no table holds a link, a code or a password', () => {
    for (const text of dumps) expect(found(text)).toEqual([]);
  });

  it('no log line does, and none holds the id of a session or an address of a person', () => {
    expect(found(log)).toEqual([]);
    for (const id of secrets.sessions) expect(log).not.toContain(id);
    expect(log).not.toMatch(/(amma|friend|late)@example\.org/);
    expect(log).not.toMatch(/homecoming=s/);
  });

  it('only mails contain the links and the code, and no mail contains the shared link', async () => {
    const mails = await listCapturedMails();
    const { tokens, codes } = secrets;
    const mailed = found(JSON.stringify(mails));
    const shared = [...tokens].filter((token) => !mailed.includes(token));
    expect(shared).toHaveLength(1);
    expect(mailed.sort()).toEqual([...tokens, ...codes].filter((secret) => secret !== shared[0]).sort());
    const toOthers = mails.filter(({ to }) => to !== 'amma@example.org' && to !== 'late@example.org');
    expect(found(JSON.stringify(toOthers))).toEqual([...codes]);
  });

  it('links are stored as hashes, and passwords so that only the right one fits', async () => {
    const kept = dumps.at(-1) ?? '';
    for (const token of secrets.tokens) expect(kept).toContain(hashToken(token).toString('hex'));
    const owner = await queryRow<{ hash: string }>(
      `select password_hash as hash from accounts where email = 'amma@example.org'`,
    );
    const { first, next } = secrets.passwords;
    expect(await verifyPassword(owner?.hash ?? '', next)).toBe(true);
    expect(await verifyPassword(owner?.hash ?? '', first)).toBe(false);
  });
});
