import { beforeEach, describe, expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { queryRows } from '../support/database.ts';
import {
  app,
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  expireInvitation,
  newVisitor,
  runJobs,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import { revoke } from '../support/operations.ts';
import { matrix } from './matrix/matrix.ts';
import { people } from './people.ts';
import { type Route, routeName, routesOf } from './routes.ts';

type DeniedAccess = Readonly<{ actorId: string; path: string; method: string; requestId: string | null }>;

const SUPPORT = people.indexOf('support');
const adminRoutes = routesOf(app).filter(({ path }) => path === '/admin' || path.startsWith('/admin/'));
const isDenied = (route: Route) => matrix[routeName(route)]?.[SUPPORT] === 403;

const listDeniedAccess = () =>
  queryRows<DeniedAccess>(
    `select actor_account_id as "actorId", detail ->> 'path' as path, detail ->> 'method' as method,
       request_id as "requestId" from audit_events where action = 'access.denied' order by id`,
  );
const supportId = async () => (await Account.findOne({ where: { email: 'support@example.org' } }))?.id;

beforeEach(async () => {
  await queryRows('delete from rate_limits');
});

describe('a page or form that support may not use', () => {
  it('returns 403 and records an audit event', async () => {
    const support = await signInStaff('support');
    await support.open('/admin');
    for (const route of adminRoutes.filter(isDenied)) {
      await queryRows('delete from rate_limits');
      const before = (await listDeniedAccess()).length;
      const path = route.path.replaceAll(/:\w+/g, '17');
      const response = await (route.method === 'POST' ? support.post(path, {}) : support.agent.get(path));
      expect(response.status, routeName(route)).toBe(403);
      const events = await listDeniedAccess();
      expect(events, routeName(route)).toHaveLength(before + 1);
      expect(events.at(-1)).toMatchObject({
        actorId: await supportId(),
        method: route.method,
        path: route.path.replaceAll(/:\w+/g, ':id'),
        requestId: expect.any(String),
      });
    }
    expect(adminRoutes.filter(isDenied).length).toBeGreaterThan(15);
  });

  it('is not linked from any page that support sees', async () => {
    await createTestRecord('amma@example.org');
    await expireInvitation((await createTestInvitation('late@example.org')).invitation.id);
    await revoke((await createTestInvitation('gone@example.org')).invitation.id, null, { kind: 'system' });
    await createTestInvitation('amma@example.org', { message: 'Dear Amma' });
    await runJobs();
    const support = await signInStaff('support');
    const seen = new Set<string>();
    const queue = ['/admin'];
    for (let path = queue.pop(); path !== undefined && seen.size < 150; path = queue.pop()) {
      if (seen.has(path)) continue;
      seen.add(path);
      const { $, status } = await support.open(path);
      expect(status, path).toBe(200);
      const targets = [
        ...$('a[href^="/admin"]')
          .get()
          .map((link) => ['GET', $(link).attr('href') ?? '']),
        ...$('form[action^="/admin"]')
          .get()
          .map((form) => [($(form).attr('method') ?? 'get').toUpperCase(), $(form).attr('action') ?? '']),
        ...$('[formaction^="/admin"]')
          .get()
          .map((button) => ['POST', $(button).attr('formaction') ?? '']),
      ];
      for (const [method = '', url = ''] of targets) {
        const route = findRoute(method, url);
        expect(route, `${path} links to ${method} ${url}, which doesn’t exist`).toBeDefined();
        expect(route && isDenied(route), `${path} links to ${method} ${url}`).toBe(false);
        if (method === 'GET') queue.push(url);
      }
    }
    expect(seen.size).toBeGreaterThan(8);
  });
});

describe('the audit event of denied access', () => {
  it('is recorded for members and forged forms, and contains no id or secret', async () => {
    await createTestAccount('member@example.org');
    const member = newVisitor();
    await member.signIn('member@example.org', validPassword);
    const secret = 'AbCd'.repeat(16);
    const response = await member.agent.get(`/admin/invitations/${secret}?token=${secret}`);
    expect(response.status).toBe(403);
    const last = (await listDeniedAccess()).at(-1);
    expect(last?.path).toBe('/admin/invitations/:id');
    expect(JSON.stringify(last)).not.toContain(secret);
    const support = await signInStaff('support');
    const { invitation } = await createTestInvitation('shared@example.org');
    await support.open(`/admin/invitations/${invitation.id}`);
    const fields = { delivery: 'link' };
    expect((await support.post(`/admin/invitations/${invitation.id}/resends`, fields)).status).toBe(403);
    expect((await listDeniedAccess()).at(-1)?.path).toBe('/admin/invitations/:id/resends');
  });

  it('is recorded at most twenty times a minute for an account', async () => {
    const support = await signInStaff('support');
    const before = (await listDeniedAccess()).length;
    const responses = await Promise.all(
      Array.from({ length: 30 }, () => support.agent.get('/admin/invitations/new')),
    );
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([403]));
    expect(await listDeniedAccess()).toHaveLength(before + 20);
  });
});

function findRoute(method: string, url: string): Route | undefined {
  const { pathname } = new URL(url, 'http://localhost');
  return adminRoutes.find((route) => {
    const pattern = new RegExp(`^${route.path.replaceAll(/:\w+/g, '[^/]+')}$`);
    return route.method === method && pattern.test(pathname);
  });
}
