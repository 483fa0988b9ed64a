import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileProduct, productionEnvironment, type RunningProcess, startServer } from './processes.ts';
import { type RawResponse, sendRequest } from './raw-http.ts';

const METRICS_TOKEN = 'a-token-of-this-test-only';
const HTTPS = { 'X-Forwarded-Proto': 'https' };

let server: RunningProcess & { port: number };
let client: pg.Client;

beforeAll(async () => {
  server = await startServer(await compileProduct(), { ...productionEnvironment, METRICS_TOKEN });
  client = new pg.Client({ connectionString: productionEnvironment.DATABASE_URL });
  await client.connect();
});
afterAll(async () => {
  await server.stop();
  await client.end();
});

const cookiesOf = ({ headers }: RawResponse) => [headers['set-cookie'] ?? []].flat();

/** Sends a form, as a browser behind the proxy. */
function sendForm(path: string, fields: Record<string, string>, more: Record<string, string>) {
  const headers = { ...HTTPS, 'Content-Type': 'application/x-www-form-urlencoded', ...more };
  return sendRequest(server.port, path, {
    method: 'POST',
    headers,
    body: new URLSearchParams(fields).toString(),
  });
}

describe('a fresh database', () => {
  it('has no account, so that nobody can know one', async () => {
    expect((await client.query('select * from accounts')).rowCount).toBe(0);
  });
});

describe('production', () => {
  it.each([
    ['/', 'GET', 200],
    ['/home', 'GET', 303],
    ['/invite/nonsense', 'GET', 400],
    ['/sign-in', 'POST', 422],
    ['/nothing', 'GET', 404],
    ['/', 'PUT', 405],
    ['/built/styles.css', 'GET', 200],
    ['/health/live', 'GET', 200],
  ])('insists on https for a year and longer: %s by %s (%i)', async (path, method, status) => {
    const answer = await sendRequest(server.port, path, { method, headers: HTTPS });
    expect(answer.status).toBe(status);
    expect(answer.headers['strict-transport-security']).toMatch(/^max-age=63072000; includeSubDomains$/);
    expect(answer.headers['content-security-policy']).toContain('upgrade-insecure-requests');
    expect(answer.headers['content-security-policy']).not.toMatch(/unsafe/);
  });

  it('answers programs over https only, and leads none there: what was sent in the clear is lost', async () => {
    expect((await sendRequest(server.port, '/api/v1/openapi.json', { headers: HTTPS })).status).toBe(200);
    const answer = await sendRequest(server.port, '/api/v1/openapi.json');
    expect([answer.status, answer.headers.location]).toEqual([403, undefined]);
  });

  it('gives a cookie that only this host gets back, over https, out of reach of scripts', async () => {
    const [cookie = '', ...others] = cookiesOf(await sendForm('/sign-out', {}, {}));
    expect(others).toEqual([]);
    expect(cookie).toMatch(
      /^__Host-homecoming=s%3A[\w-]{22,}\.[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(cookie.length).toBeLessThan(4096);
    expect(cookiesOf(await sendRequest(server.port, '/sign-in', { headers: HTTPS }))).toEqual([]);
    expect(cookiesOf(await sendForm('/sign-out', {}, { 'X-Forwarded-Proto': 'http' }))).toEqual([]);
  });

  it('believes no session id that it did not give', async () => {
    const planted = { Cookie: '__Host-homecoming=s%3Aplanted-by-somebody-else.signature' };
    const [cookie = ''] = cookiesOf(await sendForm('/sign-out', {}, planted));
    expect(cookie).toContain('__Host-homecoming=');
    expect(cookie).not.toContain('planted');
  });

  it('takes forms from its own address alone, whatever the request says its host is', async () => {
    const send = (Origin: string, Host: string) => sendForm('/sign-in', {}, { Origin, Host });
    const { BASE_URL } = productionEnvironment;
    expect((await send(BASE_URL, 'alumni.example.org')).status).toBe(422);
    expect((await send('https://evil.example', 'evil.example')).status).toBe(403);
    expect((await send('http://127.0.0.1', '127.0.0.1')).status).toBe(403);
  });

  it.each(['/dev/mailbox', '/dev/mailbox.json', '/dev/mailbox/1', '/dev/mailbox/1/html', '/dev'])(
    'has nothing of the demo: %s',
    async (path) => {
      expect((await sendRequest(server.port, path, { headers: HTTPS })).status).toBe(404);
    },
  );

  it('shows its figures to whoever has the token, and to nobody else', async () => {
    const figures = (Authorization?: string) =>
      sendRequest(server.port, '/metrics', { headers: Authorization === undefined ? {} : { Authorization } });
    for (const wrong of [
      undefined,
      '',
      METRICS_TOKEN,
      'Bearer',
      'Bearer wrong',
      `Basic ${METRICS_TOKEN}`,
      `Bearer ${METRICS_TOKEN} x`,
    ]) {
      const answer = await figures(wrong);
      expect(answer.status).toBe(404);
      expect(answer.text).not.toContain('process_cpu');
    }
    const answer = await figures(`Bearer ${METRICS_TOKEN}`);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^text\/plain/);
    for (const name of [
      'http_request_duration_seconds_count',
      'queue_lag_seconds',
      'process_cpu_seconds_total',
    ]) {
      expect(answer.text).toContain(name);
    }
  });

  it('behind one proxy counts the last hop alone, and IPv6 by the network', async () => {
    const tries = async (from: (index: number) => string) => {
      const answers: RawResponse[] = [];
      for (let index = 0; index < 11; index += 1) {
        answers.push(
          await sendForm('/forgot-password', { email: 'a@example.org' }, { 'X-Forwarded-For': from(index) }),
        );
      }
      return answers.map(({ status }) => status);
    };
    const tenThenNo = [...Array.from({ length: 10 }, () => 303), 429];
    expect(await tries((index) => `198.51.100.${index}, 203.0.113.5`)).toEqual(tenThenNo);
    expect(await tries((index) => `203.0.113.5, 198.51.100.${index}`)).not.toContain(429);
    expect(await tries((index) => `2001:db8:1:2:${index}::7`)).toEqual(tenThenNo);
    const elsewhere = { 'X-Forwarded-For': '2001:db8:1:3::7' };
    expect((await sendForm('/forgot-password', { email: 'a@example.org' }, elsewhere)).status).toBe(303);
  });

  it('writes its log as lines of JSON and nothing else', () => {
    const lines = server.output().trim().split('\n');
    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
    expect(server.output()).not.toMatch(/198\.51\.100|alumni\.example\.org\/|token/);
  });
});
