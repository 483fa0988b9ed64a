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

// All of the same length, so that the responses have the same length.
const addresses = {
  'a member': 'mem@example.org',
  'a suspended account': 'sus@example.org',
  'an invited person': 'inv@example.org',
  'a person whose invitation has expired': 'exp@example.org',
  'a person whose invitation was revoked': 'rev@example.org',
  'a person whose mail bounced': 'bou@example.org',
};
const unknownAddress = 'non@example.org';

beforeAll(async () => {
  await createTestAccount(addresses['a member']);
  await createTestAccount(addresses['a suspended account']);
  await queryRows(`update accounts set suspended_at = now() where email = $1`, [
    addresses['a suspended account'],
  ]);
  await createTestInvitation(addresses['an invited person']);
  await expireInvitation(
    (await createTestInvitation(addresses['a person whose invitation has expired'])).invitation.id,
  );
  const revoked = await createTestInvitation(addresses['a person whose invitation was revoked']);
  await revoke(revoked.invitation.id, 'by mistake', { kind: 'system' });
  await createTestInvitation(addresses['a person whose mail bounced']);
  await runJobs();
  await queryRows(
    `update messages set sent_at = null, bounced_at = now(), last_error = '550 at RCPT TO' where recipient = $1`,
    [addresses['a person whose mail bounced']],
  );
});

/** A response without its unique parts (nonce, token, reference, date) and the address entered. */
function normaliseResponse({ status, headers, html }: VisitedPage, address: string): string {
  const { date: _date, 'set-cookie': _cookie, ...others } = headers;
  return JSON.stringify([status, others, html])
    .replaceAll(/nonce-[A-Za-z0-9+/=]+|nonce=\\"[^"]+/g, '…')
    .replaceAll(/class=\\"reference\\">[0-9A-Z]{8}/g, '…')
    .replaceAll(address, '…');
}

async function responseTo(path: string, email: string, password = ''): Promise<string> {
  await queryRows('delete from rate_limits');
  const visitor = newVisitor();
  await visitor.open(path);
  return normaliseResponse(await visitor.submit(path, password ? { email, password } : { email }), email);
}

describe.each(Object.entries(addresses))(
  'the response for %s is identical to that for an unknown address',
  (_who, address) => {
    it.each(['/forgot-password', '/register/new-link'])('at %s', async (path) => {
      expect(await responseTo(path, address)).toBe(await responseTo(path, unknownAddress));
    });

    it('after a wrong password', async () => {
      const wrong = 'not this one at all';
      expect(await responseTo('/sign-in', address, wrong)).toBe(
        await responseTo('/sign-in', unknownAddress, wrong),
      );
    });
  },
);

describe('the comparison', () => {
  it('detects differences', async () => {
    expect(await responseTo('/sign-in', addresses['a member'], validPassword)).not.toBe(
      await responseTo('/sign-in', unknownAddress, validPassword),
    );
    expect(await responseTo('/forgot-password', 'no address')).not.toBe(
      await responseTo('/forgot-password', unknownAddress),
    );
  });
});

describe('a request with another host in its headers', () => {
  const otherHost = {
    Host: 'evil.example',
    'X-Forwarded-Host': 'evil.example',
    'X-Forwarded-Server': 'evil.example',
    Forwarded: 'host=evil.example',
    'X-Original-URL': '//evil.example',
    'X-Forwarded-Prefix': '//evil.example',
  };

  it.each([
    ['/forgot-password', addresses['a member']],
    ['/register/new-link', addresses['an invited person']],
  ])('to %s sends a mail with our own host', async (path, email) => {
    await queryRows('delete from rate_limits');
    const visitor = newVisitor();
    await visitor.open(path);
    const before = (await latestMail(addresses['an invited person'])).id;
    const response = await visitor.post(path, { ...visitor.fieldsOf(path), email }).set(otherHost);
    expect([response.status, response.headers.location]).toEqual([303, `${path}/sent`]);
    expect(response.text).not.toContain('evil.example');
    const mail = await latestMail(email);
    expect(mail.id).not.toBe(before);
    expect(linkInMail(mail).startsWith(`${config.baseUrl}/`)).toBe(true);
    expect(mail.text + mail.html + mail.subject).not.toContain('evil.example');
  });

  it('is not redirected to that host', async () => {
    for (const path of ['/home', '/admin', '//evil.example/home', '/home//evil.example', '/\\evil.example']) {
      const { headers, text } = await newVisitor().agent.get(path).set(otherHost);
      expect(headers.location ?? '/').toMatch(/^\/(?![/\\])/);
      expect(text).not.toMatch(/(href|src|action)="[^"]*evil\.example/);
    }
  });
});
