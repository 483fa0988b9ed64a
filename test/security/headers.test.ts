import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { config, projectRoot } from '../../src/platform/config/config.ts';
import { asset } from '../../src/platform/http/view.ts';
import { queryRows } from '../support/database.ts';
import { createTestInvitation, newVisitor } from '../support/fixtures.ts';
import { revoke } from '../support/operations.ts';

type Headers = Record<string, string>;

const pathOf = (url: string) => url.replace(config.baseUrl, '');

let links: { open: string; revoked: string; other: string };

beforeAll(async () => {
  const open = await createTestInvitation('open@example.org');
  const revoked = await createTestInvitation('revoked@example.org');
  const other = await createTestInvitation('other@example.org');
  await revoke(revoked.invitation.id, null, { kind: 'system' });
  links = { open: pathOf(open.url), revoked: pathOf(revoked.url), other: pathOf(other.url) };
});

const submit = async (path: string, fields: Record<string, string>) => {
  const visitor = newVisitor();
  await visitor.open(path);
  return visitor.post(path, { ...visitor.fieldsOf(path), ...fields });
};

const responses: [
  kind: string,
  status: number,
  send: () => PromiseLike<{ status: number; headers: Headers }>,
][] = [
  ['a page', 200, () => newVisitor().agent.get('/')],
  ['a page with a form', 200, () => newVisitor().agent.get('/sign-in')],
  ['a HEAD request', 200, () => newVisitor().agent.head('/sign-in')],
  ['a redirect to the sign-in page', 303, () => newVisitor().agent.get('/home')],
  ['a redirect from a secret link', 303, () => newVisitor().agent.get(links.open)],
  ['a forged link', 400, () => newVisitor().agent.get('/invite/nonsense')],
  ['a malformed URL', 400, () => newVisitor().agent.get('/invite/%E0%A4%A')],
  ['a cross-site form', 403, () => newVisitor().agent.post('/sign-in').set('Sec-Fetch-Site', 'cross-site')],
  ['an unknown page', 404, () => newVisitor().agent.get('/wp-login.php')],
  ['an unknown built file', 404, () => newVisitor().agent.get('/built/nothing.js')],
  ['an unsupported method', 405, () => newVisitor().agent.put('/')],
  ['a revoked link', 410, () => newVisitor().agent.get(links.revoked)],
  [
    'a form that is too large',
    413,
    () =>
      newVisitor()
        .agent.post('/sign-in')
        .type('form')
        .send(`email=${'x'.repeat(200_000)}`),
  ],
  [
    'an unsatisfiable range',
    416,
    () => newVisitor().agent.get(asset('/styles.css')).set('Range', 'bytes=99999999-'),
  ],
  ['a form with errors', 422, () => submit('/sign-in', { email: '' })],
  ['a health check', 200, () => newVisitor().agent.get('/health/live')],
  ['metrics without a token', 404, () => newVisitor().agent.get('/metrics')],
  ['a server error', 500, () => openRegistrationWithoutRecords(links.other)],
];

async function openRegistrationWithoutRecords(link: string) {
  const visitor = newVisitor();
  await visitor.agent.get(link);
  await queryRows('alter table alumni_members rename to elsewhere');
  try {
    return await visitor.agent.get('/register');
  } finally {
    await queryRows('alter table elsewhere rename to alumni_members');
  }
}

function policyOf(headers: Headers): Record<string, string> {
  const policy = headers['content-security-policy'] ?? '';
  return Object.fromEntries(
    policy
      .split(';')
      .map((part) => [part.trim().split(' ')[0] ?? '', part.trim().split(' ').slice(1).join(' ')]),
  );
}

describe.each(responses)('the headers of %s (%i)', (_kind, status, send) => {
  let headers: Headers;
  let secondHeaders: Headers;
  beforeAll(async () => {
    const response = await send();
    expect(response.status).toBe(status);
    headers = response.headers;
    secondHeaders = (await send()).headers;
  });

  it('allow only our own resources and no inline scripts', () => {
    const policy = policyOf(headers);
    expect(policy['default-src']).toBe("'none'");
    expect(policy['script-src']).toBe("'self'");
    for (const directive of ['object-src', 'base-uri', 'frame-ancestors'])
      expect(policy[directive]).toBe("'none'");
    expect(policy['form-action']).toBe("'self'");
    expect(headers['content-security-policy']).not.toMatch(/unsafe|\*|https?:|strict-dynamic/);
  });

  it('have a new nonce', () => {
    const nonce = /'nonce-([A-Za-z0-9+/=]{22,})'/;
    const first = nonce.exec(policyOf(headers)['style-src'] ?? '')?.[1];
    expect(first).toBeDefined();
    expect(nonce.exec(policyOf(secondHeaders)['style-src'] ?? '')?.[1]).not.toBe(first);
  });

  it('forbid sniffing, frames and other origins, limit the referrer, and don’t name the server software', () => {
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-frame-options']).toBe('DENY');
    expect(headers['referrer-policy']).toBe('same-origin');
    expect(headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers.server).toBeUndefined();
  });

  it('forbid caching', () => {
    expect(headers['cache-control']).toBe('no-store');
    expect(headers.etag).toBeUndefined();
  });
});

describe('a response', () => {
  it.each(['https://evil.example', 'null', 'http://localhost:3000.evil.example', 'https://sub.localhost'])(
    'can’t be read by the origin %s',
    async (origin) => {
      for (const path of ['/', '/health/ready', asset('/styles.css'), '/nothing', '/dev/mailbox.json']) {
        const { headers } = await newVisitor().agent.get(path).set('Origin', origin);
        expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
      }
      const preflight = await newVisitor().agent.options('/sign-in').set('Origin', origin);
      expect(preflight.status).toBe(405);
      expect(Object.keys(preflight.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    },
  );

  it('reveals no details of a server error', async () => {
    const { text } = await openRegistrationWithoutRecords(links.other);
    expect(text).toContain('went wrong on our side');
    expect(text).not.toMatch(/alumni_members|relation|select |\.ts|node_modules|SequelizeDatabaseError/i);
  });

  it('with a built file is cached for a year and has the security headers', async () => {
    const { status, headers } = await newVisitor().agent.get(asset('/styles.css'));
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-type']).toBe('text/css; charset=UTF-8');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['set-cookie']).toBeUndefined();
  });

  it('has a content type and a character set', async () => {
    for (const path of ['/', '/nothing', '/invite/nonsense', '/health/live']) {
      const { headers } = await newVisitor().agent.get(path);
      expect(headers['content-type']).toMatch(/^(text\/html|application\/json); charset=utf-8$/);
    }
  });

  it.each([
    '/styles/styles.scss',
    '/scripts/site.js',
    '/built/',
    '/built',
    '/images',
    '/package.json',
    '/.env',
    '/.git/config',
  ])('never contains source files or a directory listing: %s', async (path) => {
    expect((await newVisitor().agent.get(path)).status).toBe(404);
  });

  it('never contains files outside the folder of built files', async () => {
    const secret = readFileSync(join(projectRoot, 'package.json'), 'utf8');
    for (const path of [
      '/built/..%2f..%2fpackage.json',
      '/built/%2e%2e/%2e%2e/package.json',
      '/built/..%5c..%5cpackage.json',
    ]) {
      const response = await newVisitor().agent.get(path);
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.text).not.toBe(secret);
    }
  });
});
