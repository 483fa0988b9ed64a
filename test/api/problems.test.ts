import request, { type Response } from 'supertest';
import { beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../../src/api/operations.ts';
import { problemSchema } from '../../src/api/problems.ts';
import { createGroup } from '../../src/groups/group.ts';
import { generateGroupLink, groupLinkUrl, revokeGroupLink } from '../../src/groups/link.ts';
import { queryRows } from '../support/database.ts';
import { app, createTestAccount, createTestInvitation } from '../support/fixtures.ts';
import { revoke } from '../support/operations.ts';
import { expectRetryAfter } from '../support/retry-after.ts';
import { Program } from './program.ts';

let admin: Program;
let member: Program;
let adminId: string;
const office = { kind: 'command' } as const;

beforeAll(async () => {
  adminId = (await createTestAccount('admin@example.org', 'admin')).id;
  await createTestAccount('member@example.org');
  admin = await Program.of('admin@example.org');
  member = await Program.of('member@example.org');
});

function expectProblem(answer: Response, status: number, type?: string): void {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
  expect(answer.headers['content-security-policy']).toBe(
    "default-src 'none'; frame-ancestors 'none'; sandbox",
  );
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  const problem = problemSchema.parse(answer.body);
  expect(problem.status).toBe(status);
  expect(problem.instance).toMatch(/^[0-9A-Z]{8}$/);
  if (type) expect(problem.type).toBe(`urn:homecoming:${type}`);
  expect(answer.text).not.toMatch(/node_modules|\.ts:\d|select |Zod|Sequelize/);
}

const raw = (body: string | Buffer, type = 'application/json') =>
  request(app)
    .post('/api/v1/invitations')
    .set('Authorization', `Bearer ${admin.token}`)
    .set('Content-Type', type)
    .serialize((text) => text as unknown as string)
    .send(body as string);

describe('a body', () => {
  it.each([
    ['cut off', '{"email":'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a text', '"email"'],
    ['a number', '1'],
    ['not JSON', 'email=a'],
    ['with a name twice', '{"email":"a@example.org","email":"b@example.org"}'],
    ['with a name twice, once escaped', '{"email":"a@example.org","\\u0065mail":"b@example.org"}'],
    ['with a name twice further in', '{"x":[{"a":1,"a":2}]}'],
    ['with a NUL', '{"email":"a\\u0000@example.org"}'],
    ['very deep', `{"email":${'['.repeat(200_000)}`],
  ])('is refused when it is %s', async (_what, body) => expectProblem(await raw(body), 400, 'bad-request'));

  it('is refused when it is not UTF-8', async () => {
    expectProblem(await raw(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), 400);
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
    expectProblem(await raw('{"email":"new@example.org"}', type), 415, 'unsupported-media-type'),
  );

  it('is refused when it is too large', async () => {
    expectProblem(await raw(JSON.stringify({ email: 'x'.repeat(600_000) })), 413, 'too-large');
  });

  it.each([
    ['unknown', { email: 'a@example.org', admin: true }, 'admin'],
    ['missing', {}, 'email'],
    ['of another type', { email: ['a@example.org'] }, 'email'],
    ['no address', { email: 'nobody' }, 'email'],
    ['out of range', { email: 'a@example.org', validity_days: 91 }, 'validity_days'],
    ['not whole', { email: 'a@example.org', validity_days: 1.5 }, 'validity_days'],
    ['endless', { email: 'a@example.org', message: 'x'.repeat(2_001) }, 'message'],
    ['another role', { email: 'a@example.org', staff_role: 'owner' }, 'staff_role'],
    ['text for a yes', { email: 'a@example.org', replace: 'yes' }, 'replace'],
  ])('is refused with a field that is %s, by its name', async (_what, body, field) => {
    const answer = await admin.post('/api/v1/invitations', body);
    expectProblem(answer, 422, 'invalid');
    expect(Object.keys(answer.body.errors)).toEqual([field]);
  });

  it('cannot reach into objects: __proto__ is only another unknown name', async () => {
    const answer = await raw('{"email":"a@example.org","__proto__":{"polluted":true}}');
    expectProblem(answer, 422, 'invalid');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('a query', () => {
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
    'with no place of the list is refused, instead of beginning anew: %s',
    async (place) => {
      for (const list of ['invitations', 'alumni', 'groups'])
        expectProblem(await admin.get(`/api/v1/${list}?${place}`), 422, 'invalid');
    },
  );

  it('with a NUL is refused', async () => {
    expectProblem(await admin.get('/api/v1/invitations?q=%00'), 400);
  });
});

describe('an address', () => {
  it.each([
    '/api',
    '/api/',
    '/api/v1',
    '/api/v2/groups',
    '/api/v1/groups/',
    '/api/V1/groups',
    '/api/v1/groups/1',
    '/api/v1/nothing',
  ])('that is none: %s', async (path) => expectProblem(await admin.get(path), 404, 'not-found'));

  it.each(['nobody', '0', '-1', '1.5', '1e3', '99999999999999999999', '1%20or%201=1', '%27', '999999999'])(
    'of nothing: %s',
    async (id) => {
      expectProblem(await admin.get(`/api/v1/invitations/${id}`), 404);
      expectProblem(await admin.post(`/api/v1/groups/${id}/generate-invite-link`), 404);
    },
  );

  it('that can’t be read', async () => expectProblem(await admin.get('/api/v1/invitations/%E0%A4%A'), 400));

  it('takes no other method than its own, and says which', async () => {
    const paths = [...new Set(operations.map(({ path }) => path))];
    for (const path of paths) {
      const own = operations.filter((one) => one.path === path).map(({ method }) => method);
      const filled = `/api${path.replace(':id', '1')}`;
      for (const method of ['get', 'post', 'put', 'patch', 'delete', 'options'] as const) {
        if ((own as string[]).includes(method)) continue;
        const asked = request(app)[method](filled).set('Origin', 'https://evil.example');
        // "bulk" is also an id that is none.
        if (method === 'get' && path.endsWith('/bulk')) continue;
        const answer = await asked;
        expectProblem(answer, 405, 'method-not-allowed');
        expect(answer.headers.allow).toContain(own[0]?.toUpperCase());
      }
    }
  });

  it('answers nothing to another origin’s preflight', async () => {
    const answer = await request(app)
      .options('/api/v1/groups')
      .set('Origin', 'https://evil.example')
      .set('Access-Control-Request-Method', 'GET')
      .set('Access-Control-Request-Headers', 'authorization');
    expectProblem(answer, 405);
  });
});

describe('what can’t be done', () => {
  it('is told with a reason: an invitation that is closed, or open already', async () => {
    const { invitation } = await createTestInvitation('closed@example.org');
    expectProblem(await admin.post('/api/v1/invitations', { email: 'closed@example.org' }), 409, 'conflict');
    await revoke(invitation.id, null, office);
    expectProblem(await admin.post(`/api/v1/invitations/${invitation.id}/resends`), 409, 'conflict');
    expectProblem(await admin.post(`/api/v1/invitations/${invitation.id}/revocation`, {}), 409, 'conflict');
    const made = await admin.post('/api/v1/invitations', { email: 'closed@example.org' });
    expect(made.status).toBe(201);
    const again = await admin.post('/api/v1/invitations', { email: 'closed@example.org', replace: true });
    expect(again.status).toBe(201);
    expect((await admin.get(`/api/v1/invitations/${made.body.id}`)).body.status).toBe('revoked');
  });

  it('is told of each kind of link', async () => {
    const groupId = (await createGroup({ name: 'Harbour', description: '' }, office)).id;
    const otherId = (await createGroup({ name: 'Hills', description: '' }, office)).id;
    const actor = { kind: 'account', accountId: adminId, ip: null, requestId: null } as const;
    const make = async () => {
      const answer = await admin.post(`/api/v1/groups/${groupId}/generate-invite-link`, { role: 'member' });
      expect(answer.status).toBe(201);
      expect(Object.keys(answer.body)).toEqual(['invite_link', 'expires_at', 'group_id']);
      expect(answer.body.group_id).toBe(Number(groupId));
      return new URL(answer.body.invite_link).searchParams.get('token') ?? '';
    };
    const redeem = (token: string, by = member, group = groupId) =>
      by.post(`/api/v1/groups/${group}/redeem-invite-link?token=${token}`);
    const token = await make();
    expectProblem(await redeem(token, new Program()), 401);
    expectProblem(await redeem(token, member, otherId), 400);
    const forged = token.replace(/.(?=.{9}$)/, (letter) => (letter === 'A' ? 'B' : 'A'));
    expectProblem(await redeem(forged), 404);
    for (const none of ['', 'null', token.repeat(150), `${token}&token=${token}`])
      expectProblem(await redeem(none), 404);
    expectProblem(await member.post(`/api/v1/groups/${groupId}/redeem-invite-link`), 404);
    const done = await redeem(token);
    expect(done.status).toBe(200);
    expect(done.body).toEqual({
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
    const second = await make();
    expectProblem(await redeem(second), 409);
    expect((await redeem(second, admin)).status).toBe(200);
    expectProblem(await redeem(second, admin), 410);
    const revoked = await generateGroupLink(groupId, { role: 'member', hours: 1 }, actor);
    const [row] = await queryRows<{ id: string }>('select id from memberships where link_id = $1', [
      revoked.linkId,
    ]);
    await revokeGroupLink(groupId, row?.id ?? '', actor);
    expectProblem(await redeem(new URL(groupLinkUrl(revoked)).searchParams.get('token') ?? ''), 410);
    const old = await make();
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

  it('lets forty redeem one link at once: one gets in', async () => {
    const groupId = (await createGroup({ name: 'Crowd', description: '' }, office)).id;
    const made = await admin.post(`/api/v1/groups/${groupId}/generate-invite-link`);
    const token = new URL(made.body.invite_link).searchParams.get('token');
    const tries = Array.from({ length: 40 }, () =>
      member.post(`/api/v1/groups/${groupId}/redeem-invite-link?token=${token}`),
    );
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.every((status) => [200, 409, 410].includes(status))).toBe(true);
  });
});

describe('limits and faults', () => {
  it('says when there were too many changes, and when to go on', async () => {
    await queryRows('delete from rate_limits');
    await member.post('/api/v1/groups/1/redeem-invite-link');
    await queryRows(`update rate_limits set points = 601 where key like 'apiWrites:%'`);
    const answer = await member.post('/api/v1/groups/1/redeem-invite-link');
    expectProblem(answer, 429, 'too-many-requests');
    expectRetryAfter(10, answer.headers);
    await queryRows('delete from rate_limits');
  });

  it('shows nothing of a fault of ours', async () => {
    await queryRows('alter table groups rename to elsewhere');
    const answer = await admin.get('/api/v1/groups');
    await queryRows('alter table elsewhere rename to groups');
    expectProblem(answer, 500, 'internal-error');
  });
});
