import { describe, expect, it } from 'vitest';
import { signInStaff } from '../support/fixtures.ts';
import { expectAlive, expectErrorPage } from './error-page.ts';
import { sendBytes, sendRequest } from './raw-http.ts';
import { FORM, useUnchangedSite } from './unchanged-site.ts';

const site = useUnchangedSite();

describe('methods that no page of ours sends', () => {
  it.each(['PUT', 'DELETE', 'PATCH', 'TRACE', 'OPTIONS', 'PROPFIND', 'LOCK', 'SEARCH', 'M-SEARCH'])(
    '%s is refused, and told what is possible',
    async (method) => {
      for (const path of [
        '/',
        '/sign-in',
        '/admin/invitations',
        '/built/styles.css',
        '/health/live',
        '/nothing',
      ]) {
        const answer = await sendRequest(site.port, path, { method, headers: { 'X-Secret': 'echo me' } });
        expectErrorPage(answer, 405);
        expect(answer.headers.allow).toBe('GET, HEAD, POST');
        expect(answer.text).not.toContain('echo me');
      }
    },
  );

  it('a method of no name ends the connection', async () => {
    expect(await sendBytes(site.port, 'BREW /pot HTTP/1.1\r\nHost: localhost\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 /,
    );
    expect(
      await sendBytes(site.port, 'CONNECT evil.example:25 HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    ).not.toMatch(/ 200 /);
    await expectAlive(site.port);
  });

  it('a form is for POST, a page for GET', async () => {
    for (const path of ['/home', '/health/live', '/metrics', '/built/styles.css', '/nothing']) {
      expect(
        (await sendRequest(site.port, path, { method: 'POST', headers: FORM, body: 'a=b' })).status,
      ).toBe(404);
    }
    for (const path of ['/sign-out', '/register/switch-account', '/register/codes', '/register/mailbox']) {
      expectErrorPage(await sendRequest(site.port, path), 404);
    }
  });
});

describe('addresses that no page of ours has', () => {
  it.each([
    '/nothing',
    '/admin.php',
    '/register/',
    '/sign-in/x',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/..%5c..%5cboot.ini',
    '/?a=%',
    '//',
    '/ä',
  ])('%s gets a page', async (path) => {
    const { status, text } = await sendRequest(site.port, encodeURI(path).replaceAll('%25', '%'));
    expect([200, 400, 404]).toContain(status);
    expect(text).toContain('</html>');
  });

  it.each([
    '/%E0%A4%A',
    '/%',
    '/invite/%ff',
    '/admin/%zz',
    '/built/%',
    '/dev/%c0%af',
    '/admin/invitations/%E0%A4%A',
  ])('a broken escape is no fault of ours: %s', async (path) => {
    const { status, text } = await sendRequest(site.port, path);
    expect([303, 400, 404]).toContain(status);
    expect(text).not.toMatch(/URIError|decode/i);
  });

  it.each([
    '/%00',
    '/invite/%00',
    '/sign-in?x=%00',
    '/?%00=1',
    '/admin/invitations/1%00',
    '/built/styles.css%00.html',
    '/register?token=%00',
  ])('a NUL byte is refused: %s', async (path) => {
    const answer = await sendRequest(site.port, path);
    expect([400, 404]).toContain(answer.status);
    expectErrorPage(answer, answer.status);
  });

  it.each([
    '/admin/invitations/0',
    '/admin/invitations/-1',
    '/admin/invitations/1e309',
    '/admin/invitations/9223372036854775808',
    "/admin/invitations/1'--",
    '/admin/consents/9223372036854775808',
    '/admin/consents/1e309',
    '/admin/consents/disclosures/99999999999999999999',
    '/admin/consents/disclosures/-1',
  ])('no record has the number in %s', async (path) => {
    const admin = await signInStaff('admin');
    expect((await admin.open(path)).status).toBe(404);
    await site.remember();
  });

  it('a whole address in the request line leads nowhere else after the sign-in', async () => {
    const answer = await sendRequest(site.port, 'http://evil.example/home');
    expect([400, 404]).toContain(answer.status);
    expect((await sendRequest(site.port, '*', { method: 'OPTIONS' })).status).toBe(405);
  });
});

describe('links of any length', () => {
  const long = 'A'.repeat(100_000);
  it.each([
    `/register?token=${long}`,
    `/join?token=${long}`,
    `/invite/${long}`,
    `/reset-password?token=${long}`,
    `/guardian?token=${long}`,
  ])('get the same page as any forged one: %.20s…', async (path) => {
    const answer = await sendRequest(site.port, path);
    expectErrorPage(answer, 400);
    expect(answer.text).toMatch(/Invalid (invitation )?link/);
    expect(answer.text.length).toBeLessThan(10_000);
  });

  it('are refused by the server itself when they are longer than any header may be', async () => {
    const big = 'x'.repeat(1_000_000);
    expect((await sendRequest(site.port, '/', { headers: { 'X-Big': big } })).status).toBe(431);
    expect((await sendRequest(site.port, `/invite/${big}`)).status).toBe(431);
    await expectAlive(site.port);
  });
});

it('after all of this nothing has changed', async () => {
  await site.expectUntouched();
});
