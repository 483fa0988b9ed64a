import { beforeAll, describe, expect, it } from 'vitest';
import { config } from '../../src/platform/config/config.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  expireInvitation,
  latestMail,
  linkInMail,
  newVisitor,
  runJobs,
  validPassword,
} from '../support/fixtures.ts';
import { revoke } from '../support/operations.ts';
import type { VisitedPage } from '../support/visitor.ts';

// All of one length, so that not even the length of an answer differs.
const addresses = {
  'a member': 'mem@example.org',
  'somebody suspended': 'sus@example.org',
  'somebody invited': 'inv@example.org',
  'somebody whose invitation has expired': 'exp@example.org',
  'somebody whose invitation was revoked': 'rev@example.org',
  'somebody whose mail bounced': 'bou@example.org',
};
const nobody = 'non@example.org';

beforeAll(async () => {
  await createTestAccount(addresses['a member']);
  await createTestAccount(addresses['somebody suspended']);
  await queryRows(`update accounts set suspended_at = now() where email = $1`, [
    addresses['somebody suspended'],
  ]);
  await createTestInvitation(addresses['somebody invited']);
  await expireInvitation(
    (await createTestInvitation(addresses['somebody whose invitation has expired'])).invitation.id,
  );
  const revoked = await createTestInvitation(addresses['somebody whose invitation was revoked']);
  await revoke(revoked.invitation.id, 'by mistake', { kind: 'system' });
  await createTestInvitation(addresses['somebody whose mail bounced']);
  await runJobs();
  await queryRows(
    `update messages set sent_at = null, bounced_at = now(), last_error = '550 at RCPT TO' where recipient = $1`,
    [addresses['somebody whose mail bounced']],
  );
});

/** An answer without what is new in each: nonce, token, reference, date; and without the address that was typed. */
function bytesOf({ status, headers, html }: VisitedPage, address: string): string {
  const { date: _date, 'set-cookie': _cookie, ...others } = headers;
  return JSON.stringify([status, others, html])
    .replaceAll(/nonce-[A-Za-z0-9+/=]+|nonce=\\"[^"]+/g, '…')
    .replaceAll(/class=\\"reference\\">[0-9A-Z]{8}/g, '…')
    .replaceAll(address, '…');
}

async function answerTo(path: string, email: string, password = ''): Promise<string> {
  await queryRows('delete from rate_limits');
  const visitor = newVisitor();
  await visitor.open(path);
  return bytesOf(await visitor.submit(path, password ? { email, password } : { email }), email);
}

describe.each(Object.entries(addresses))('%s gets the same bytes as nobody', (_who, address) => {
  it.each(['/forgot-password', '/register/new-link'])('when asking at %s', async (path) => {
    expect(await answerTo(path, address)).toBe(await answerTo(path, nobody));
  });

  it('when signing in with a wrong password', async () => {
    const wrong = 'not this one at all';
    expect(await answerTo('/sign-in', address, wrong)).toBe(await answerTo('/sign-in', nobody, wrong));
  });
});

describe('the comparison', () => {
  it('would have shown a difference', async () => {
    expect(await answerTo('/sign-in', addresses['a member'], validPassword)).not.toBe(
      await answerTo('/sign-in', nobody, validPassword),
    );
    expect(await answerTo('/forgot-password', 'no address')).not.toBe(
      await answerTo('/forgot-password', nobody),
    );
  });
});

describe('a request for another host', () => {
  const elsewhere = {
    Host: 'evil.example',
    'X-Forwarded-Host': 'evil.example',
    'X-Forwarded-Server': 'evil.example',
    Forwarded: 'host=evil.example',
    'X-Original-URL': '//evil.example',
    'X-Forwarded-Prefix': '//evil.example',
  };

  it.each([
    ['/forgot-password', addresses['a member']],
    ['/register/new-link', addresses['somebody invited']],
  ])('made at %s is answered with a mail of our own address', async (path, email) => {
    await queryRows('delete from rate_limits');
    const visitor = newVisitor();
    await visitor.open(path);
    const before = (await latestMail(addresses['somebody invited'])).id;
    const answer = await visitor.post(path, { ...visitor.fieldsOf(path), email }).set(elsewhere);
    expect([answer.status, answer.headers.location]).toEqual([303, `${path}/sent`]);
    expect(answer.text).not.toContain('evil.example');
    const mail = await latestMail(email);
    expect(mail.id).not.toBe(before);
    expect(linkInMail(mail).startsWith(`${config.baseUrl}/`)).toBe(true);
    expect(mail.text + mail.html + mail.subject).not.toContain('evil.example');
  });

  it('is never led there', async () => {
    for (const path of ['/home', '/admin', '//evil.example/home', '/home//evil.example', '/\\evil.example']) {
      const { headers, text } = await newVisitor().agent.get(path).set(elsewhere);
      expect(headers.location ?? '/').toMatch(/^\/(?![/\\])/);
      expect(text).not.toMatch(/(href|src|action)="[^"]*evil\.example/);
    }
  });
});
