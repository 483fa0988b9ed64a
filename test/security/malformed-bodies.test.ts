import { Agent } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { newVisitor } from '../support/fixtures.ts';
import { expectAlive, expectErrorPage } from './error-page.ts';
import { sendBytes, sendRequest } from './raw-http.ts';
import { FORM, useUnchangedSite } from './unchanged-site.ts';

const site = useUnchangedSite();

describe('a request body', () => {
  it.each([{}, { 'Transfer-Encoding': 'chunked' }])(
    'of 10 MB gets 413, and the connection stays open: %o',
    async (headers) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const body = Buffer.alloc(10_000_000, 'name=x&');
      const response = await sendRequest(site.port, '/sign-in', {
        method: 'POST',
        headers: { ...FORM, ...headers },
        body,
        agent,
      });
      expectErrorPage(response, 413);
      const next = await sendRequest(site.port, '/', { agent });
      expect(next.status).toBe(200);
      expect(next.reused).toBe(true);
      agent.destroy();
    },
  );

  it('gets 413 if it decompresses to too much, and 4xx if it can’t be decompressed', async () => {
    const send = (encoding: string, body: Buffer) =>
      sendRequest(site.port, '/sign-in', {
        method: 'POST',
        headers: { ...FORM, 'Content-Encoding': encoding },
        body,
      });
    expectErrorPage(await send('gzip', gzipSync(Buffer.alloc(5_000_000, 'x'))), 413);
    expectErrorPage(await send('gzip', Buffer.from('not gzip')), 400);
    expectErrorPage(await send('nonsense', Buffer.from('a=b')), 415);
  });

  it('with thousands of fields gets 413', async () => {
    const body = Array.from({ length: 5_000 }, (_, index) => `f${index}=`).join('&');
    expectErrorPage(await sendRequest(site.port, '/sign-in', { method: 'POST', headers: FORM, body }), 413);
  });

  it.each([
    ['application/json', '{"email": {"$ne": null}, "__proto__": {"admin": true}}', 422],
    ['application/json', '{"broken"', 422],
    ['text/plain', 'email=a', 422],
    ['application/xml', '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', 422],
    ['multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n', 422],
    ['application/x-www-form-urlencoded; charset=utf-7', 'email=+ADw-', 415],
    ['application/x-www-form-urlencoded; charset=nonsense', 'email=a', 415],
    ['nonsense', 'email=a', 422],
  ])('is not read as a form if it has another type: %s, %s', async (type, body, status) => {
    for (const path of ['/sign-in', '/forgot-password', '/register/new-link']) {
      expectErrorPage(
        await sendRequest(site.port, path, { method: 'POST', headers: { 'Content-Type': type }, body }),
        status,
      );
    }
  });

  it('can’t pollute prototypes', async () => {
    const visitor = newVisitor();
    await visitor.open('/sign-in');
    for (const key of [
      '__proto__',
      '__proto__[polluted]',
      'constructor',
      'constructor[prototype]',
      'toString',
      'hasOwnProperty',
      'records[__proto__]',
    ]) {
      const response = await visitor.post('/sign-in', { [key]: ['polluted', 'polluted'] });
      expect([400, 422]).toContain(response.status);
    }
    expect({} as Record<string, unknown>).not.toHaveProperty('polluted');
    expect(Object.prototype).not.toHaveProperty('polluted');
  });
});

describe('a malformed HTTP request', () => {
  const post = 'POST /sign-in HTTP/1.1\r\nHost: localhost\r\n';
  it.each([
    ['invalid chunks', `${post}Transfer-Encoding: chunked\r\n\r\nZZZ\r\nhello`],
    ['two Content-Length headers', `${post}Content-Length: 3\r\nContent-Length: 4\r\n\r\na=b`],
    [
      'Content-Length and Transfer-Encoding',
      `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n`,
    ],
    ['a folded header', `${post}X-A: b\r\n c\r\nTransfer-Encoding : chunked\r\n\r\n`],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['a NUL in the path', 'GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['a TLS handshake', Buffer.from('160301020001000001fc0303', 'hex')],
  ])('gets 400 and closes the connection: %s', async (_fault, bytes) => {
    expect(await sendBytes(site.port, bytes)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    await expectAlive(site.port);
  });

  it('changes nothing', async () => {
    await site.expectUnchanged();
  });
});
