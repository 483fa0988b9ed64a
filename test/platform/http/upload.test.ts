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
    .map((one) => one.toValueString())
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
const kept = () => queryRows('select 1 from imports');
const interrupted = () =>
  queryRows('select 1 from imports where uploaded_at is null and last_received_at is null');

/** Sends the head of a form, and then as many megabytes of a file as are wished, without ever holding them. */
async function sendMegabytes(
  count: number,
  how: Record<string, string>,
  agent?: Agent,
): Promise<RawResponse> {
  const head = fileHead();
  const piece = Buffer.from(`someone@example.org,${'x'.repeat(1_003)}\n`.repeat(1_024));
  const length = Buffer.byteLength(head) + count * MB + Buffer.byteLength(END);
  const req = request({
    host: '127.0.0.1',
    port: listening.port,
    path: PATH,
    method: 'POST',
    ...(agent ? { agent } : {}),
    headers: headers('Transfer-Encoding' in how ? how : { 'Content-Length': String(length) }),
  });
  const answered = once(req, 'response');
  req.write(head);
  for (let sent = 0; sent < count; sent += 1) {
    req.write(piece);
    // Not until 'drain': Node never tells of it once the answer is there.
    while (req.writableLength > MB) await setTimeout(1);
  }
  req.end(END);
  const [res] = await answered;
  const reused = isReusedConnection(req);
  return { status: res.statusCode, headers: res.headers, text: await text(res), reused };
}

describe('a file that is sent', () => {
  it('is taken in, with its name as it was and as nothing but a name', async () => {
    const answer = await send(`${fileHead('../../etc/Prüfung\u202E.csv')}a@upload.example.org${END}`);
    expect(answer.status).toBe(303);
    expect(await queryRows(`select file_name as name from imports where uploaded_at is not null`)).toEqual([
      { name: 'Prüfung .csv' },
    ]);
  });

  it.each([
    ['by its length', {}],
    ['piece by piece', { 'Transfer-Encoding': 'chunked' }],
  ] as const)('of 100 MB, announced %s, is refused in plain words without being held', async (_how, how) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const before = process.memoryUsage().rss;
    let most = 0;
    const watching = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 20);
    const answer = await sendMegabytes(100, how, agent);
    clearInterval(watching);
    expectErrorPage(answer, 422);
    expect(answer.text).toContain(
      'Transfer-Encoding' in how
        ? 'This file has more than 20 MB; at most 20 MB'
        : 'This file has 100.0 MB; at most 20 MB',
    );
    expect((most - before) / MB).toBeLessThan(80);
    expect(await kept()).toEqual([]);
    const next = await sendRequest(listening.port, '/', { agent });
    expect([next.status, next.reused]).toEqual([200, true]);
    agent.destroy();
  });
});

describe('a form with a file that is not right', () => {
  it('that another site sends gets its answer before the file is read', async () => {
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
    expect(await kept()).toEqual([]);
  });

  it.each([
    ['no file at all', `${field('kind', 'invitees')}--edge--\r\n`],
    ['none chosen', `${fileHead('')}${END}`],
  ])('asks for the file: %s', async (_what, rest) => {
    const answer = await send(rest);
    expectErrorPage(answer, 422);
    expect(answer.text).toContain('Choose a file');
  });

  it.each([
    [
      'an end in the middle of a field',
      () => `--edge\r\nContent-Disposition: form-data; name="x"\r\n\r\nhal`,
    ],
    ['a broken part', () => `--edge\r\nno header\x01\r\n\r\nx${END}`],
    ['a NUL in a field', () => `${field('x', 'a\0b')}${fileHead()}x${END}`],
    ['a NUL in a name', () => `${field('a\0b', 'x')}${fileHead()}x${END}`],
    ['too long a field', () => `${field('x', 'x'.repeat(20_000))}${fileHead()}x${END}`],
    ['too many fields', () => `${field('x', '1').repeat(200)}${fileHead()}x${END}`],
  ])('is a bad request: %s', async (_what, body) => {
    expectErrorPage(await send(body()), 400);
    expect(await kept()).toEqual([]);
    await expectAlive(listening.port);
  });

  it.each(['multipart/form-data', 'multipart/form-data; boundary=', 'multipart/form-data; boundary="'])(
    'is a bad request: its kind is %s',
    async (type) => {
      expectErrorPage(await send(`${END}`, { 'Content-Type': type }), 400);
    },
  );

  it('changes no object by the names of its fields', async () => {
    for (const name of ['__proto__', 'constructor', '__proto__[polluted]', 'toString']) {
      expect((await send(`${field(name, 'polluted')}${END}`)).status).toBe(422);
    }
    expect({} as Record<string, unknown>).not.toHaveProperty('polluted');
  });

  it('whose file ends in the middle is a bad request, and stays as an interrupted upload', async () => {
    expectErrorPage(await send(`${fileHead()}a@half.example.org\nb@half`), 400);
    expect(await interrupted()).toHaveLength(1);
    await expectAlive(listening.port);
  });

  it('that breaks off stays as an interrupted upload', async () => {
    const length = 10 * MB;
    const head = `POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\nContent-Type: multipart/form-data; boundary=edge\r\nContent-Length: ${length}\r\n\r\n`;
    const socket = connect(listening.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`${head}${fileHead()}${'a@gone.example.org\n'.repeat(9_000)}`);
    await vi.waitFor(async () => expect(await kept()).toHaveLength(1), { timeout: 5_000 });
    socket.destroy();
    await vi.waitFor(async () => expect(await interrupted()).toHaveLength(1), { timeout: 5_000 });
  });
});
