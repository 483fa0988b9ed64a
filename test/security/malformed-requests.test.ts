import { describe, expect, it } from 'vitest';
import { signInStaff } from '../support/fixtures.ts';
import { expectAlive, expectErrorPage } from './error-page.ts';
import { sendBytes, sendRequest } from './raw-http.ts';
import { FORM, useUnchangedSite } from './unchanged-site.ts';

const site = useUnchangedSite();

describe('an unsupported method', () => {
  it.each(['PUT', 'DELETE', 'PATCH', 'TRACE', 'OPTIONS', 'PROPFIND', 'LOCK', 'SEARCH', 'M-SEARCH'])(
    'is refused with Allow: %s',
    async (method) => {
      for (const path of [
        '/',
        '/sign-in',
        '/admin/invitations',
        '/built/styles.css',
        '/health/live',
        '/nothing',
      ]) {
        const response = await sendRequest(site.port, path, { method, headers: { 'X-Secret': 'echo me' } });
        expectErrorPage(response, 405);
        expect(response.headers.allow).toBe('GET, HEAD, POST');
        expect(response.text).not.toContain('echo me');
      }
    },
  );

  it('closes the connection if it is unknown to HTTP', async () => {
    expect(await sendBytes(site.port, 'BREW /pot HTTP/1.1\r\nHost: localhost\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 /,
    );
    expect(
      await sendBytes(site.port, 'CONNECT evil.example:25 HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    ).not.toMatch(/ 200 /);
    await expectAlive(site.port);
  });

  it('gets 404 for a page sent with POST or a form requested with GET', async () => {
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

describe('an unusual URL', () => {
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
  ])('gets a page: %s', async (path) => {
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
  ])('with a malformed escape is not a server error: %s', async (path) => {
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
  ])('with a NUL byte is refused: %s', async (path) => {
    const response = await sendRequest(site.port, path);
    expect([400, 404]).toContain(response.status);
    expectErrorPage(response, response.status);
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
  ])('with an impossible id gets 404: %s', async (path) => {
    const admin = await signInStaff('admin');
    expect((await admin.open(path)).status).toBe(404);
    await site.remember();
  });

  it('that is absolute causes no redirect to another site', async () => {
    const response = await sendRequest(site.port, 'http://evil.example/home');
    expect([400, 404]).toContain(response.status);
    expect((await sendRequest(site.port, '*', { method: 'OPTIONS' })).status).toBe(405);
  });
});

describe('a link that is too long', () => {
  const long = 'A'.repeat(100_000);
  it.each([
    `/register?token=${long}`,
    `/join?token=${long}`,
    `/invite/${long}`,
    `/reset-password?token=${long}`,
    `/guardian?token=${long}`,
  ])('gets the same page as a forged one: %.20s…', async (path) => {
    const response = await sendRequest(site.port, path);
    expectErrorPage(response, 400);
    expect(response.text).toMatch(/Invalid invitation link|This link doesn’t work|We can’t open this link/);
    expect(response.text.length).toBeLessThan(10_000);
  });

  it('gets 431 if it exceeds the limit for headers', async () => {
    const long = 'x'.repeat(1_000_000);
    expect((await sendRequest(site.port, '/', { headers: { 'X-Long': long } })).status).toBe(431);
    expect((await sendRequest(site.port, `/invite/${long}`)).status).toBe(431);
    await expectAlive(site.port);
  });
});

it('malformed requests change nothing', async () => {
  await site.expectUnchanged();
});
