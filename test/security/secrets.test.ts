import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyPassword } from '../../src/accounts/password.ts';
import { hashToken, verifyLinkToken } from '../../src/platform/crypto/signed-links.ts';
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
});
afterAll(() => database.close());

/** Every row of every table as JSON, including queued and failed jobs. */
async function dump(): Promise<string> {
  const parts: string[] = [];
  for (const table of await listTables()) {
    const rows = await queryRows<{ line: string }>(`select to_jsonb(t)::text as line from ${table} t`);
    parts.push(...rows.map(({ line }) => `${table} ${line}`));
  }
  return parts.join('\n');
}

/** The secrets that a text contains, completely or in part. */
function findSecrets(text: string): string[] {
  const { tokens, codes, passwords } = secrets;
  const tokenParts = (token: string) => [
    token.slice(0, 40),
    token.slice(-40),
    Buffer.from(token, 'base64url').subarray(17).toString('hex'),
  ];
  return [
    ...[...tokens].filter((token) => tokenParts(token).some((part) => text.includes(part))),
    ...[...codes].filter((code) => new RegExp(`(?<![\\w.])${code}(?!\\w)`).test(text)),
    ...Object.values(passwords).filter((password) => text.includes(password)),
  ];
}

/** Such a token isn't stored at all. */
const isForUnsubscribing = (token: string) => verifyLinkToken('unsubscribe', token) !== null;

describe('after using every feature that involves secrets', () => {
  it('there are secrets, database rows and log lines to search', () => {
    expect(secrets.tokens.size).toBe(10);
    expect([...secrets.tokens].filter(isForUnsubscribing)).toHaveLength(4);
    expect(secrets.codes.size).toBe(1);
    expect(secrets.sessions.size).toBeGreaterThanOrEqual(5);
    const [whileQueued = '', atTheEnd = ''] = dumps;
    expect(whileQueued).toMatch(/graphile_worker\._private_jobs .*messageId/);
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
      expect(atTheEnd).toContain(`public.${table} {`);
    }
    expect(log.split('\n').length).toBeGreaterThan(100);
    expect(log).toContain('/register');
    expect(log).toMatch(/send-message/);
  });

  it('no table contains a link, a code or a password', () => {
    for (const text of dumps) expect(findSecrets(text)).toEqual([]);
  });

  it('no log line contains a secret, a session id or an e-mail address', () => {
    expect(findSecrets(log)).toEqual([]);
    for (const id of secrets.sessions) expect(log).not.toContain(id);
    expect(log).not.toMatch(/(amma|friend|late)@example\.org/);
    expect(log).not.toMatch(/homecoming=s/);
  });

  it('only mails contain the links and the code, and no mail contains the shared link', async () => {
    const mails = await listCapturedMails();
    const { tokens, codes } = secrets;
    const mailed = findSecrets(JSON.stringify(mails));
    const shared = [...tokens].filter((token) => !mailed.includes(token));
    expect(shared).toHaveLength(1);
    expect(mailed.sort()).toEqual([...tokens, ...codes].filter((secret) => secret !== shared[0]).sort());
    const toOthers = mails.filter(({ to }) => to !== 'amma@example.org' && to !== 'late@example.org');
    expect(findSecrets(JSON.stringify(toOthers))).toEqual([...codes]);
  });

  it('links and passwords are stored as hashes', async () => {
    const lastDump = dumps.at(-1) ?? '';
    for (const token of secrets.tokens)
      if (!isForUnsubscribing(token)) expect(lastDump).toContain(hashToken(token).toString('hex'));
    const owner = await queryRow<{ hash: string }>(
      `select password_hash as hash from accounts where email = 'amma@example.org'`,
    );
    const { first, next } = secrets.passwords;
    expect(await verifyPassword(owner?.hash ?? '', next)).toBe(true);
    expect(await verifyPassword(owner?.hash ?? '', first)).toBe(false);
  });
});
