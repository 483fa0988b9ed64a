import { request } from 'node:http';
import { brotliDecompressSync } from 'node:zlib';
import { load } from 'cheerio';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeDatabase } from '../../src/platform/db/database.ts';
import { listen, type WebServer } from '../../src/platform/http/listen.ts';
import { app, createTestInvitation, createTestRecord, uniqueAddress } from '../support/fixtures.ts';

type Received = Readonly<{ status: number; headers: Record<string, unknown>; body: Buffer; bytes: number }>;

let server: WebServer;
beforeAll(async () => {
  server = await listen(app, 0);
});
afterAll(async () => {
  await server.stop();
  await closeDatabase();
});

/** Sends a request as a browser does, and counts the bytes of head and body. */
function fetchAsBrowser(path: string, cookie = ''): Promise<Received> {
  const headers = { 'Accept-Encoding': 'gzip, deflate, br', ...(cookie && { Cookie: cookie }) };
  return new Promise((resolve, reject) => {
    request({ port: server.port, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const body = Buffer.concat(chunks);
        const bytes = body.length + response.rawHeaders.join(': ').length;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, bytes });
      });
    })
      .on('error', reject)
      .end();
  });
}

it('the registration page takes at most 40 kB and three requests before it can be filled in', async () => {
  const email = uniqueAddress();
  await createTestRecord(email);
  const { url } = await createTestInvitation(email, { message: 'Dear Amma, we hope to see you in May.' });
  const { pathname, search } = new URL(url);
  const redirect = await fetchAsBrowser(pathname + search);
  expect(redirect.status).toBe(303);
  const cookie = String((redirect.headers['set-cookie'] as string[])[0]).split(';')[0] ?? '';
  const page = await fetchAsBrowser(String(redirect.headers.location), cookie);
  expect(page.status).toBe(200);
  expect(page.headers['content-encoding']).toBe('br');
  expect(page.headers.vary).toContain('Accept-Encoding');

  const $ = load(brotliDecompressSync(page.body).toString());
  const styles = $('link[rel=stylesheet]')
    .map((_, element) => $(element).attr('href'))
    .get();
  const scripts = $('script[src]');
  const icons = $('link[rel=icon], img')
    .map((_, element) => $(element).attr('href') ?? $(element).attr('src'))
    .get();
  expect(styles).toHaveLength(1);
  // Nothing but the style sheet delays the page.
  expect(scripts.filter((_, element) => $(element).attr('type') !== 'module').length).toBe(0);
  const files = [...styles, ...icons, ...scripts.map((_, element) => $(element).attr('src')).get()];
  let bytes = redirect.bytes + page.bytes;
  for (const path of new Set(files)) {
    const file = await fetchAsBrowser(path);
    expect([path, file.status]).toEqual([path, 200]);
    expect(file.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    bytes += file.bytes;
  }
  expect(bytes).toBeLessThan(40_000);
});

it('a built file is sent as brotli, gzip or plain, as the browser wishes', async () => {
  const page = await fetchAsBrowser('/sign-in');
  const path = /\/built\/styles-[\w-]+\.css/.exec(brotliDecompressSync(page.body).toString())?.[0] ?? '';
  for (const [accepted, encoding] of [
    ['br, gzip', 'br'],
    ['gzip', 'gzip'],
    ['identity', undefined],
  ]) {
    const { headers } = await new Promise<{ headers: Record<string, unknown> }>((resolve) => {
      request({ port: server.port, path, headers: { 'Accept-Encoding': accepted } }, (response) => {
        response.resume();
        resolve(response);
      }).end();
    });
    expect([accepted, headers['content-encoding']]).toEqual([accepted, encoding]);
    expect(headers['content-type']).toMatch(/^text\/css; charset=utf-8$/i);
  }
});
