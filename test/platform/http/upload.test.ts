import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { listen, type WebServer } from '../../../src/platform/http/listen.ts';
import { expectAlive, expectErrorPage } from '../../security/error-page.ts';
import { isReusedConnection, type RawResponse, sendRequest } from '../../security/raw-http.ts';
import { queryRows } from '../../support/database.ts';
import { app, signInStaff } from '../../support/fixtures.ts';

const MB = 1024 * 1024;
const PATH = '/admin/imports';
let listening: WebServer;
let cookie: string;

beforeAll(async () => {
  listening = await listen(app, 0);
  const admin = await signInStaff('admin');
  const { jar } = admin.agent as unknown as {
    jar: { getCookies(access: unknown): { toValueString(): string }[] };
  };
  cookie = jar
    .getCookies({ domain: '127.0.0.1', path: '/', secure: false, script: false })
    .map((entry) => entry.toValueString())
    .join('; ');
});
afterAll(() => listening.stop());
beforeEach(() => queryRows('delete from imports'));

const headers = (more: Record<string, string> = {}) => ({
  Cookie: cookie,
  'Content-Type': 'multipart/form-data; boundary=edge',
  ...more,
});
const field = (name: string, value: string) =>
  `--edge\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const fileHead = (name = 'people.csv') =>
  `${field('kind', 'invitees')}--edge\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: text/csv\r\n\r\n`;
const END = '\r\n--edge--\r\n';
const send = (body: string | Buffer, more?: Record<string, string>) =>
  sendRequest(listening.port, PATH, { method: 'POST', headers: headers(more), body });
const storedImports = () => queryRows('select 1 from imports');
const interruptedImports = () =>
  queryRows('select 1 from imports where uploaded_at is null and last_received_at is null');

/** Streams a form with a file of `count` megabytes. */
async function sendMegabytes(
  count: number,
  extraHeaders: Record<string, string>,
  agent?: Agent,
): Promise<RawResponse> {
  const head = fileHead();
  const chunk = Buffer.from(`someone@example.org,${'x'.repeat(1_003)}\n`.repeat(1_024));
  const length = Buffer.byteLength(head) + count * MB + Buffer.byteLength(END);
  const req = request({
    host: '127.0.0.1',
    port: listening.port,
    path: PATH,
    method: 'POST',
    ...(agent ? { agent } : {}),
    headers: headers(
      'Transfer-Encoding' in extraHeaders ? extraHeaders : { 'Content-Length': String(length) },
    ),
  });
  const answered = once(req, 'response');
  req.write(head);
  for (let sent = 0; sent < count; sent += 1) {
    req.write(chunk);
    // Polls, because Node.js emits no 'drain' after the response has arrived.
    while (req.writableLength > MB) await setTimeout(1);
  }
  req.end(END);
  const [res] = await answered;
  const reused = isReusedConnection(req);
  return { status: res.statusCode, headers: res.headers, text: await text(res), reused };
}

describe('an uploaded file', () => {
  it('is stored with its name, without path and control characters', async () => {
    const response = await send(`${fileHead('../../etc/Prüfung\u202E.csv')}a@upload.example.org${END}`);
    expect(response.status).toBe(303);
    expect(await queryRows(`select file_name as name from imports where uploaded_at is not null`)).toEqual([
      { name: 'Prüfung.csv' },
    ]);
  });

  it.each([
    ['with Content-Length', {}],
    ['chunked', { 'Transfer-Encoding': 'chunked' }],
  ] as const)('of 100 MB, sent %s, is rejected without being buffered', async (_name, extraHeaders) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const before = process.memoryUsage().rss;
    let peak = 0;
    const timer = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 20);
    const response = await sendMegabytes(100, extraHeaders, agent);
    clearInterval(timer);
    expectErrorPage(response, 422);
    expect(response.text).toContain(
      'Transfer-Encoding' in extraHeaders
        ? 'Choose a file of 20 MB or less'
        : 'This file is 100 MB. Choose a file of 20 MB or less',
    );
    expect((peak - before) / MB).toBeLessThan(80);
    expect(await storedImports()).toEqual([]);
    const next = await sendRequest(listening.port, '/', { agent });
    expect([next.status, next.reused]).toEqual([200, true]);
    agent.destroy();
  });
});

describe('an invalid upload form', () => {
  it('from another site is rejected before the file is read', async () => {
    const req = request({
      ...{ host: '127.0.0.1', port: listening.port, path: PATH, method: 'POST' },
      headers: headers({ 'Transfer-Encoding': 'chunked', 'Sec-Fetch-Site': 'cross-site' }),
    });
    req.on('error', () => {});
    req.write(`${fileHead()}a@early.example.org\n`);
    const [res] = await once(req, 'response');
    expect(res.statusCode).toBe(403);
    expect(await text(res)).toContain('sent from another website');
    req.destroy();
    expect(await storedImports()).toEqual([]);
  });

  it.each([
    ['no file field', `${field('kind', 'invitees')}--edge--\r\n`],
    ['no file chosen', `${fileHead('')}${END}`],
  ])('asks for a file: %s', async (_what, body) => {
    const response = await send(body);
    expectErrorPage(response, 422);
    expect(response.text).toContain('Choose a file');
  });

  it.each([
    ['an incomplete field', () => `--edge\r\nContent-Disposition: form-data; name="x"\r\n\r\nhal`],
    ['a malformed part', () => `--edge\r\nno header\x01\r\n\r\nx${END}`],
    ['a NUL in a field', () => `${field('x', 'a\0b')}${fileHead()}x${END}`],
    ['a NUL in a name', () => `${field('a\0b', 'x')}${fileHead()}x${END}`],
    ['a field that is too long', () => `${field('x', 'x'.repeat(20_000))}${fileHead()}x${END}`],
    ['too many fields', () => `${field('x', '1').repeat(200)}${fileHead()}x${END}`],
  ])('is a bad request: %s', async (_what, body) => {
    expectErrorPage(await send(body()), 400);
    expect(await storedImports()).toEqual([]);
    await expectAlive(listening.port);
  });

  it.each(['multipart/form-data', 'multipart/form-data; boundary=', 'multipart/form-data; boundary="'])(
    'is a bad request: Content-Type %s',
    async (type) => {
      expectErrorPage(await send(`${END}`, { 'Content-Type': type }), 400);
    },
  );

  it('can’t pollute prototypes by field names', async () => {
    for (const name of ['__proto__', 'constructor', '__proto__[polluted]', 'toString']) {
      expect((await send(`${field(name, 'polluted')}${END}`)).status).toBe(422);
    }
    expect({} as Record<string, unknown>).not.toHaveProperty('polluted');
  });

  it('with an incomplete file is a bad request, and is stored as an interrupted upload', async () => {
    expectErrorPage(await send(`${fileHead()}a@half.example.org\nb@half`), 400);
    expect(await interruptedImports()).toHaveLength(1);
    await expectAlive(listening.port);
  });

  it('is stored as an interrupted upload if the connection closes', async () => {
    const length = 10 * MB;
    const head = `POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\nContent-Type: multipart/form-data; boundary=edge\r\nContent-Length: ${length}\r\n\r\n`;
    const socket = connect(listening.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`${head}${fileHead()}${'a@gone.example.org\n'.repeat(9_000)}`);
    await vi.waitFor(async () => expect(await storedImports()).toHaveLength(1), { timeout: 5_000 });
    socket.destroy();
    await vi.waitFor(async () => expect(await interruptedImports()).toHaveLength(1), { timeout: 5_000 });
  });
});
