import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { config, projectRoot } from '../../src/platform/config/config.ts';
import { queryRows } from '../support/database.ts';
import { createTestInvitation, newVisitor } from '../support/fixtures.ts';
import { revoke } from '../support/operations.ts';

type Headers = Record<string, string>;

const pathOf = (url: string) => url.replace(config.baseUrl, '');

let links: { open: string; dead: string; other: string };

beforeAll(async () => {
  const open = await createTestInvitation('open@example.org');
  const dead = await createTestInvitation('dead@example.org');
  const other = await createTestInvitation('other@example.org');
  await revoke(dead.invitation.id, null, { kind: 'system' });
  links = { open: pathOf(open.url), dead: pathOf(dead.url), other: pathOf(other.url) };
});

const form = async (path: string, fields: Record<string, string>) => {
  const visitor = newVisitor();
  await visitor.open(path);
  return visitor.post(path, { ...visitor.fieldsOf(path), ...fields });
};

const kinds: [
  kind: string,
  status: number,
  answer: () => PromiseLike<{ status: number; headers: Headers }>,
][] = [
  ['a page', 200, () => newVisitor().agent.get('/')],
  ['a page with a form', 200, () => newVisitor().agent.get('/sign-in')],
  ['a page asked for by HEAD', 200, () => newVisitor().agent.head('/sign-in')],
  ['the way to the sign-in', 303, () => newVisitor().agent.get('/home')],
  ['the way from a secret link', 303, () => newVisitor().agent.get(links.open)],
  ['a forged link', 400, () => newVisitor().agent.get('/invite/nonsense')],
  ['a broken address', 400, () => newVisitor().agent.get('/invite/%E0%A4%A')],
  [
    'a form of another site',
    403,
    () => newVisitor().agent.post('/sign-in').set('Sec-Fetch-Site', 'cross-site'),
  ],
  ['a page that is not', 404, () => newVisitor().agent.get('/wp-login.php')],
  ['a built file that is not', 404, () => newVisitor().agent.get('/built/nothing.js')],
  ['a method that is not', 405, () => newVisitor().agent.put('/')],
  ['a dead link', 410, () => newVisitor().agent.get(links.dead)],
  [
    'a form too large',
    413,
    () =>
      newVisitor()
        .agent.post('/sign-in')
        .type('form')
        .send(`email=${'x'.repeat(200_000)}`),
  ],
  [
    'a part of a file that is not',
    416,
    () => newVisitor().agent.get('/built/styles.css').set('Range', 'bytes=99999999-'),
  ],
  ['a form with faults', 422, () => form('/sign-in', { email: '' })],
  ['the health', 200, () => newVisitor().agent.get('/health/live')],
  ['the figures without their token', 404, () => newVisitor().agent.get('/metrics')],
  ['a fault of ours', 500, () => withoutRecords(() => onRegistration(links.other))],
];

async function onRegistration(link: string) {
  const visitor = newVisitor();
  await visitor.agent.get(link);
  return visitor.agent.get('/register');
}

async function withoutRecords<T>(work: () => Promise<T>): Promise<T> {
  await queryRows('alter table alumni_members rename to elsewhere');
  try {
    return await work();
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

describe.each(kinds)('the headers of %s (%i)', (_kind, status, ask) => {
  let headers: Headers;
  let again: Headers;
  beforeAll(async () => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    headers = answer.headers;
    again = (await ask()).headers;
  });

  it('let a page load only what is ours, and run nothing that stands in it', () => {
    const policy = policyOf(headers);
    expect(policy['default-src']).toBe("'none'");
    expect(policy['script-src']).toBe("'self'");
    for (const none of ['object-src', 'base-uri', 'frame-ancestors']) expect(policy[none]).toBe("'none'");
    expect(policy['form-action']).toBe("'self'");
    expect(headers['content-security-policy']).not.toMatch(/unsafe|\*|https?:|strict-dynamic/);
  });

  it('carry a nonce of their own', () => {
    const nonce = /'nonce-([A-Za-z0-9+/=]{22,})'/;
    const first = nonce.exec(policyOf(headers)['style-src'] ?? '')?.[1];
    expect(first).toBeDefined();
    expect(nonce.exec(policyOf(again)['style-src'] ?? '')?.[1]).not.toBe(first);
  });

  it('allow no guessing, no frame, no referrer and no other origin, and don’t say what runs here', () => {
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-frame-options']).toBe('DENY');
    expect(headers['referrer-policy']).toBe('same-origin');
    expect(headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers.server).toBeUndefined();
  });

  it('keep it out of every cache', () => {
    expect(headers['cache-control']).toBe('no-store');
    expect(headers.etag).toBeUndefined();
  });
});

describe('an answer', () => {
  it.each(['https://evil.example', 'null', 'http://localhost:3000.evil.example', 'https://sub.localhost'])(
    'is readable for no other origin: %s',
    async (origin) => {
      for (const path of ['/', '/health/ready', '/built/styles.css', '/nothing', '/dev/mailbox.json']) {
        const { headers } = await newVisitor().agent.get(path).set('Origin', origin);
        expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
      }
      const preflight = await newVisitor().agent.options('/sign-in').set('Origin', origin);
      expect(preflight.status).toBe(405);
      expect(Object.keys(preflight.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    },
  );

  it('that fails by our fault shows nothing of how it failed', async () => {
    const { text } = await withoutRecords(() => onRegistration(links.other));
    expect(text).toContain('The fault is ours');
    expect(text).not.toMatch(/alumni_members|relation|select |\.ts|node_modules|SequelizeDatabaseError/i);
  });

  it('that is a built file is kept for a year, with the same protection', async () => {
    const { status, headers } = await newVisitor().agent.get('/built/styles.css');
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-type']).toBe('text/css; charset=utf-8');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['set-cookie']).toBeUndefined();
  });

  it('names its type and its character set', async () => {
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
  ])('is never one of our sources or a list of files: %s', async (path) => {
    expect((await newVisitor().agent.get(path)).status).toBe(404);
  });

  it('leads nobody out of the folder of built files', async () => {
    const secret = readFileSync(join(projectRoot, 'package.json'), 'utf8');
    for (const path of [
      '/built/..%2f..%2fpackage.json',
      '/built/%2e%2e/%2e%2e/package.json',
      '/built/..%5c..%5cpackage.json',
    ]) {
      const answer = await newVisitor().agent.get(path);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.text).not.toBe(secret);
    }
  });
});
