import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asset } from '../../src/platform/http/view.ts';
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

/** Sends a form through the proxy. */
function sendForm(path: string, fields: Record<string, string>, more: Record<string, string>) {
  const headers = { ...HTTPS, 'Content-Type': 'application/x-www-form-urlencoded', ...more };
  return sendRequest(server.port, path, {
    method: 'POST',
    headers,
    body: new URLSearchParams(fields).toString(),
  });
}

describe('a fresh database', () => {
  it('has no accounts', async () => {
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
    [asset('/styles.css'), 'GET', 200],
    ['/health/live', 'GET', 200],
  ])('sends HSTS for two years: %s by %s (%i)', async (path, method, status) => {
    const response = await sendRequest(server.port, path, { method, headers: HTTPS });
    expect(response.status).toBe(status);
    expect(response.headers['strict-transport-security']).toMatch(/^max-age=63072000; includeSubDomains$/);
    expect(response.headers['content-security-policy']).toContain('upgrade-insecure-requests');
    expect(response.headers['content-security-policy']).not.toMatch(/unsafe/);
  });

  it('refuses API requests over http without a redirect', async () => {
    expect((await sendRequest(server.port, '/api/v1/openapi.json', { headers: HTTPS })).status).toBe(200);
    const response = await sendRequest(server.port, '/api/v1/openapi.json');
    expect([response.status, response.headers.location]).toEqual([403, undefined]);
  });

  it('sets a __Host-, HttpOnly and Secure cookie, only over https', async () => {
    const [cookie = '', ...others] = cookiesOf(await sendForm('/sign-out', {}, {}));
    expect(others).toEqual([]);
    expect(cookie).toMatch(
      /^__Host-homecoming=s%3A[\w-]{22,}\.[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(cookie.length).toBeLessThan(4096);
    expect(cookiesOf(await sendRequest(server.port, '/sign-in', { headers: HTTPS }))).toEqual([]);
    expect(cookiesOf(await sendForm('/sign-out', {}, { 'X-Forwarded-Proto': 'http' }))).toEqual([]);
  });

  it('ignores a session id that it didn’t issue', async () => {
    const planted = { Cookie: '__Host-homecoming=s%3Aplanted-by-an-attacker.signature' };
    const [cookie = ''] = cookiesOf(await sendForm('/sign-out', {}, planted));
    expect(cookie).toContain('__Host-homecoming=');
    expect(cookie).not.toContain('planted');
  });

  it('accepts forms only from BASE_URL, whatever the Host header', async () => {
    const send = (Origin: string, Host: string) => sendForm('/sign-in', {}, { Origin, Host });
    const { BASE_URL } = productionEnvironment;
    expect((await send(BASE_URL, 'alumni.example.org')).status).toBe(422);
    expect((await send('https://evil.example', 'evil.example')).status).toBe(403);
    expect((await send('http://127.0.0.1', '127.0.0.1')).status).toBe(403);
  });

  it.each(['/dev/mailbox', '/dev/mailbox.json', '/dev/mailbox/1', '/dev/mailbox/1/html', '/dev'])(
    'has no demo page: %s',
    async (path) => {
      expect((await sendRequest(server.port, path, { headers: HTTPS })).status).toBe(404);
    },
  );

  it('shows metrics only with the token', async () => {
    const getMetrics = (Authorization?: string) =>
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
      const response = await getMetrics(wrong);
      expect(response.status).toBe(404);
      expect(response.text).not.toContain('process_cpu');
    }
    const response = await getMetrics(`Bearer ${METRICS_TOKEN}`);
    expect(response.status).toBe(200);
    expect(response.headers['content-type']).toMatch(/^text\/plain/);
    for (const name of [
      'http_request_duration_seconds_count',
      'queue_lag_seconds',
      'process_cpu_seconds_total',
    ]) {
      expect(response.text).toContain(name);
    }
  });

  it('limits requests by the last hop before the proxy, and IPv6 by network', async () => {
    const statusesFrom = async (forwardedFor: (index: number) => string) => {
      const responses: RawResponse[] = [];
      for (let index = 0; index < 11; index += 1) {
        responses.push(
          await sendForm(
            '/forgot-password',
            { email: 'a@example.org' },
            { 'X-Forwarded-For': forwardedFor(index) },
          ),
        );
      }
      return responses.map(({ status }) => status);
    };
    const limitedAfterTen = [...Array.from({ length: 10 }, () => 303), 429];
    expect(await statusesFrom((index) => `198.51.100.${index}, 203.0.113.5`)).toEqual(limitedAfterTen);
    expect(await statusesFrom((index) => `203.0.113.5, 198.51.100.${index}`)).not.toContain(429);
    expect(await statusesFrom((index) => `2001:db8:1:2:${index}::7`)).toEqual(limitedAfterTen);
    const otherNetwork = { 'X-Forwarded-For': '2001:db8:1:3::7' };
    expect((await sendForm('/forgot-password', { email: 'a@example.org' }, otherNetwork)).status).toBe(303);
  });

  it('logs only JSON lines', () => {
    const lines = server.output().trim().split('\n');
    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
    expect(server.output()).not.toMatch(/198\.51\.100|alumni\.example\.org\/|token/);
  });
});
