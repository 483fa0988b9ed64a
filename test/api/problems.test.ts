import request, { type Response } from 'supertest';
import { beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../../src/api/operations.ts';
import { type ProblemType, problemSchema, problemUrl } from '../../src/api/problems.ts';
import { createGroup } from '../../src/groups/group.ts';
import { generateGroupLink, groupLinkUrl, revokeGroupLink } from '../../src/groups/link.ts';
import { queryRows } from '../support/database.ts';
import { app, createTestAccount, createTestInvitation } from '../support/fixtures.ts';
import { revoke } from '../support/operations.ts';
import { expectRetryAfter } from '../support/retry-after.ts';
import { ApiClient } from './api-client.ts';

let admin: ApiClient;
let member: ApiClient;
let adminId: string;
const office = { kind: 'command' } as const;

beforeAll(async () => {
  adminId = (await createTestAccount('admin@example.org', 'admin')).id;
  await createTestAccount('member@example.org');
  admin = await ApiClient.signIn('admin@example.org');
  member = await ApiClient.signIn('member@example.org');
});

function expectProblem(response: Response, status: number, type?: ProblemType): void {
  expect(response.status, response.text).toBe(status);
  expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(response.headers['cache-control']).toBe('no-store');
  expect(response.headers['x-content-type-options']).toBe('nosniff');
  expect(response.headers['content-security-policy']).toBe(
    "default-src 'none'; frame-ancestors 'none'; sandbox",
  );
  expect(Object.keys(response.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  const problem = problemSchema.parse(response.body);
  expect(problem.status).toBe(status);
  expect(problem.reference).toMatch(/^[0-9A-Z]{8}$/);
  if (type) expect(problem.type).toBe(problemUrl(type));
  expect(response.text).not.toMatch(/node_modules|\.ts:\d|select |Zod|Sequelize/);
}

const postRaw = (body: string | Buffer, type = 'application/json') =>
  request(app)
    .post('/api/v1/invitations')
    .set('Authorization', `Bearer ${admin.token}`)
    .set('Content-Type', type)
    .serialize((text) => text as unknown as string)
    .send(body as string);

describe('a request body', () => {
  it.each([
    ['truncated JSON', '{"email":'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a string', '"email"'],
    ['a number', '1'],
    ['not JSON', 'email=a'],
    ['an object with a duplicate key', '{"email":"a@example.org","email":"b@example.org"}'],
    ['an object with an escaped duplicate key', '{"email":"a@example.org","\\u0065mail":"b@example.org"}'],
    ['an object with a nested duplicate key', '{"x":[{"a":1,"a":2}]}'],
    ['text with a NUL', '{"email":"a\\u0000@example.org"}'],
    ['deeply nested', `{"email":${'['.repeat(200_000)}`],
  ])('is refused if it is %s', async (_what, body) => expectProblem(await postRaw(body), 400, 'bad-request'));

  it('is refused if it is not UTF-8', async () => {
    expectProblem(await postRaw(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), 400);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json; charset=utf-7',
    'application/json; charset=utf-16',
    'application/problem+json',
    'text/json',
  ])('is refused as %s', async (type) =>
    expectProblem(await postRaw('{"email":"new@example.org"}', type), 415, 'unsupported-media-type'),
  );

  it('is refused if it is too large', async () => {
    expectProblem(await postRaw(JSON.stringify({ email: 'x'.repeat(600_000) })), 413, 'too-large');
  });

  it.each([
    ['an unknown field', { email: 'a@example.org', admin: true }, 'admin'],
    ['a missing field', {}, 'email'],
    ['a field of the wrong type', { email: ['a@example.org'] }, 'email'],
    ['an invalid address', { email: 'nobody' }, 'email'],
    ['a number out of range', { email: 'a@example.org', validity_days: 91 }, 'validity_days'],
    ['a fraction', { email: 'a@example.org', validity_days: 1.5 }, 'validity_days'],
    ['a message that is too long', { email: 'a@example.org', message: 'x'.repeat(2_001) }, 'message'],
    ['an unknown role', { email: 'a@example.org', staff_role: 'owner' }, 'staff_role'],
    ['a string for a boolean', { email: 'a@example.org', replace: 'yes' }, 'replace'],
  ])('is refused with the name of the field if it has %s', async (_fault, body, field) => {
    const response = await admin.post('/api/v1/invitations', body);
    expectProblem(response, 422, 'invalid');
    expect(Object.keys(response.body.errors)).toEqual([field]);
  });

  it('cannot pollute prototypes', async () => {
    const response = await postRaw('{"email":"a@example.org","__proto__":{"polluted":true}}');
    expectProblem(response, 422, 'invalid');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('a query string', () => {
  it.each([
    'status=nonsense',
    'sort=id',
    'q=a&q=b',
    'other=1',
    `q=${'x'.repeat(101)}`,
    'limit=0',
    'limit=101',
    'limit=x',
  ])('is refused: %s', async (query) =>
    expectProblem(await admin.get(`/api/v1/invitations?${query}`), 422, 'invalid'),
  );

  it.each(['after=nonsense', 'before=WyJhIl0', 'after=%F0%9F%98%80', 'after=a&before=b'])(
    'is refused if the cursor is invalid: %s',
    async (cursor) => {
      for (const list of ['invitations', 'alumni', 'groups'])
        expectProblem(await admin.get(`/api/v1/${list}?${cursor}`), 422, 'invalid');
    },
  );

  it('is refused if it contains a NUL', async () => {
    expectProblem(await admin.get('/api/v1/invitations?q=%00'), 400);
  });
});

describe('a URL', () => {
  it.each([
    '/api',
    '/api/',
    '/api/v1',
    '/api/v2/groups',
    '/api/v1/groups/',
    '/api/V1/groups',
    '/api/v1/groups/1',
    '/api/v1/nothing',
  ])('returns 404 if it is unknown: %s', async (path) =>
    expectProblem(await admin.get(path), 404, 'not-found'),
  );

  it.each(['nobody', '0', '-1', '1.5', '1e3', '99999999999999999999', '1%20or%201=1', '%27', '999999999'])(
    'returns 404 for the id %s',
    async (id) => {
      expectProblem(await admin.get(`/api/v1/invitations/${id}`), 404);
      expectProblem(await admin.post(`/api/v1/groups/${id}/generate-invite-link`), 404);
    },
  );

  it('returns 400 if it is malformed', async () =>
    expectProblem(await admin.get('/api/v1/invitations/%E0%A4%A'), 400));

  it('returns 405 with Allow for other methods', async () => {
    const paths = [...new Set(operations.map(({ path }) => path))];
    for (const path of paths) {
      const allowed = operations.filter((operation) => operation.path === path).map(({ method }) => method);
      const url = `/api${path.replace(':id', '1').replace(/:\w+_id/, 'A-1')}`;
      for (const method of ['get', 'post', 'put', 'patch', 'delete', 'options'] as const) {
        if ((allowed as string[]).includes(method)) continue;
        // GET and PUT treat "bulk" as an id.
        if (path.endsWith('/bulk') && ['get', 'put'].includes(method)) continue;
        const response = await request(app)[method](url).set('Origin', 'https://evil.example');
        expectProblem(response, 405, 'method-not-allowed');
        expect(response.headers.allow).toContain(allowed[0]?.toUpperCase());
      }
    }
  });

  it('refuses CORS preflights', async () => {
    const response = await request(app)
      .options('/api/v1/groups')
      .set('Origin', 'https://evil.example')
      .set('Access-Control-Request-Method', 'GET')
      .set('Access-Control-Request-Headers', 'authorization');
    expectProblem(response, 405);
  });
});

describe('a conflict', () => {
  it('is reported for invitations that are open already or revoked', async () => {
    const { invitation } = await createTestInvitation('closed@example.org');
    expectProblem(await admin.post('/api/v1/invitations', { email: 'closed@example.org' }), 409, 'conflict');
    await revoke(invitation.id, null, office);
    expectProblem(await admin.post(`/api/v1/invitations/${invitation.id}/resends`), 409, 'conflict');
    expectProblem(await admin.post(`/api/v1/invitations/${invitation.id}/revocation`, {}), 409, 'conflict');
    const second = await admin.post('/api/v1/invitations', { email: 'closed@example.org' });
    expect(second.status).toBe(201);
    const third = await admin.post('/api/v1/invitations', { email: 'closed@example.org', replace: true });
    expect(third.status).toBe(201);
    expect((await admin.get(`/api/v1/invitations/${second.body.id}`)).body.status).toBe('revoked');
  });
});

describe('a one-time link to a group', () => {
  it('is generated and redeemed with the documented statuses', async () => {
    const groupId = (await createGroup({ name: 'Harbour', description: '' }, office)).id;
    const otherId = (await createGroup({ name: 'Hills', description: '' }, office)).id;
    const actor = { kind: 'account', accountId: adminId, ip: null, requestId: null } as const;
    const generateToken = async () => {
      const response = await admin.post(`/api/v1/groups/${groupId}/generate-invite-link`, { role: 'member' });
      expect(response.status).toBe(201);
      expect(Object.keys(response.body)).toEqual(['invite_link', 'expires_at', 'group_id']);
      expect(response.body.group_id).toBe(Number(groupId));
      return new URL(response.body.invite_link).searchParams.get('token') ?? '';
    };
    const redeem = (token: string, client = member, group = groupId) =>
      client.post(`/api/v1/groups/${group}/redeem-invite-link?token=${token}`);
    const token = await generateToken();
    expectProblem(await redeem(token, new ApiClient()), 401);
    expectProblem(await redeem(token, member, otherId), 400);
    const forged = token.replace(/.(?=.{9}$)/, (letter) => (letter === 'A' ? 'B' : 'A'));
    expectProblem(await redeem(forged), 404);
    for (const malformed of ['', 'null', token.repeat(150), `${token}&token=${token}`])
      expectProblem(await redeem(malformed), 404);
    expectProblem(await member.post(`/api/v1/groups/${groupId}/redeem-invite-link`), 404);
    const redeemed = await redeem(token);
    expect(redeemed.status).toBe(200);
    expect(redeemed.body).toEqual({
      membership: {
        id: expect.any(Number),
        group_id: Number(groupId),
        user_id: expect.any(Number),
        role: 'member',
        status: 'active',
        joined_at: expect.stringMatching(/^\d{4}-.*Z$/),
      },
      message: expect.any(String),
    });
    const second = await generateToken();
    expectProblem(await redeem(second), 409);
    expect((await redeem(second, admin)).status).toBe(200);
    expectProblem(await redeem(second, admin), 410);
    const revoked = await generateGroupLink(groupId, { role: 'member', hours: 1 }, actor);
    const [row] = await queryRows<{ id: string }>('select id from memberships where link_id = $1', [
      revoked.linkId,
    ]);
    await revokeGroupLink(groupId, row?.id ?? '', actor);
    expectProblem(await redeem(new URL(groupLinkUrl(revoked)).searchParams.get('token') ?? ''), 410);
    const old = await generateToken();
    await queryRows(
      `update memberships set expires_at = now() - interval '1 minute' where token_hash is not null`,
    );
    const expired = await redeem(old);
    expectProblem(expired, 410);
    expect(expired.body).toMatchObject({
      title: 'Gone',
      detail: expect.stringMatching(/^This link has expired/),
    });
    expectProblem(await member.post(`/api/v1/groups/${groupId}/generate-invite-link`), 403);
    expectProblem(await admin.post(`/api/v1/groups/${groupId}/generate-invite-link`, { role: 'king' }), 422);
  });

  it('can be redeemed by only one of forty simultaneous requests', async () => {
    const groupId = (await createGroup({ name: 'Crowd', description: '' }, office)).id;
    const { body } = await admin.post(`/api/v1/groups/${groupId}/generate-invite-link`);
    const token = new URL(body.invite_link).searchParams.get('token');
    const requests = Array.from({ length: 40 }, () =>
      member.post(`/api/v1/groups/${groupId}/redeem-invite-link?token=${token}`),
    );
    const statuses = (await Promise.all(requests)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.every((status) => [200, 409, 410].includes(status))).toBe(true);
  });
});

describe('the headers of an answer', () => {
  it('say where a new resource is, and what is left of the limit', async () => {
    const { body, headers } = await admin.post('/api/v1/invitations', { email: 'located@example.org' });
    expect(headers.location).toBe(`/api/v1/invitations/${body.id}`);
    expect((await admin.get(headers.location ?? '')).body.email).toBe('located@example.org');
    expect(headers['ratelimit-policy']).toBe('"write";q=600;w=600');
    expect(headers.ratelimit).toMatch(/^"write";r=\d+;t=\d+$/);
    expect((await admin.get('/api/v1/groups')).headers['ratelimit-policy']).toBe('"read";q=600;w=60');
  });

  it('link the next and the previous page', async () => {
    await createTestInvitation('one@example.org');
    await createTestInvitation('two@example.org');
    const { body, headers } = await admin.get('/api/v1/invitations?limit=1');
    expect(headers.link).toBe(`<${body.next}>; rel="next"`);
    const second = await admin.get(body.next);
    expect(second.headers.link).toContain(`<${second.body.previous}>; rel="prev"`);
  });
});

it('the type of a problem leads to its explanation', async () => {
  const { type } = (await member.get('/api/v1/alumni')).body;
  const { pathname, hash } = new URL(type);
  const page = await request(app).get(pathname);
  expect(page.status).toBe(200);
  expect(page.text).toContain(`id="${hash.slice(1)}"`);
});

describe('rate limits and server errors', () => {
  it('returns 429 with Retry-After after too many writes', async () => {
    await queryRows('delete from rate_limits');
    await member.post('/api/v1/groups/1/redeem-invite-link');
    await queryRows(`update rate_limits set points = 601 where key like 'apiWrites:%'`);
    const response = await member.post('/api/v1/groups/1/redeem-invite-link');
    expectProblem(response, 429, 'too-many-requests');
    expectRetryAfter(10, response.headers);
    await queryRows('delete from rate_limits');
  });

  it('reveals nothing about a server error', async () => {
    await queryRows('alter table groups rename to elsewhere');
    const response = await admin.get('/api/v1/groups');
    await queryRows('alter table elsewhere rename to groups');
    expectProblem(response, 500, 'internal-error');
  });
});
