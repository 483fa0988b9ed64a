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

type Refused = Readonly<{ actorId: string; path: string; method: string; requestId: string | null }>;

const SUPPORT = people.indexOf('support');
const adminRoutes = routesOf(app).filter(({ path }) => path === '/admin' || path.startsWith('/admin/'));
const isRefused = (route: Route) => matrix[routeName(route)]?.[SUPPORT] === 403;

const refusedRows = () =>
  queryRows<Refused>(
    `select actor_account_id as "actorId", detail ->> 'path' as path, detail ->> 'method' as method,
       request_id as "requestId" from audit_events where action = 'access.denied' order by id`,
  );
const supportId = async () => (await Account.findOne({ where: { email: 'support@example.org' } }))?.id;

beforeEach(async () => {
  await queryRows('delete from rate_limits');
});

describe('what support staff may not do', () => {
  it('answers 403 on every such route, however it is asked for, and leaves a row of the audit', async () => {
    const support = await signInStaff('support');
    await support.open('/admin');
    for (const route of adminRoutes.filter(isRefused)) {
      await queryRows('delete from rate_limits');
      const before = (await refusedRows()).length;
      const path = route.path.replaceAll(/:\w+/g, '17');
      const posted = route.method === 'POST';
      const answer = await (posted ? support.post(path, {}) : support.agent.get(path));
      expect(answer.status, routeName(route)).toBe(403);
      const found = await refusedRows();
      expect(found, routeName(route)).toHaveLength(before + 1);
      expect(found.at(-1)).toMatchObject({
        actorId: await supportId(),
        method: route.method,
        path: route.path.replaceAll(/:\w+/g, ':id'),
        requestId: expect.any(String),
      });
    }
    expect(adminRoutes.filter(isRefused).length).toBeGreaterThan(15);
  });

  it('is nowhere offered: no page shows a link, form or button that leads to a refusal', async () => {
    await createTestRecord('amma@example.org');
    await expireInvitation((await createTestInvitation('late@example.org')).invitation.id);
    await revoke((await createTestInvitation('gone@example.org')).invitation.id, null, { kind: 'system' });
    await createTestInvitation('amma@example.org', { message: 'Dear Amma' });
    await runJobs();
    const support = await signInStaff('support');
    const seen = new Set<string>();
    const waiting = ['/admin'];
    for (let path = waiting.pop(); path !== undefined && seen.size < 150; path = waiting.pop()) {
      if (seen.has(path)) continue;
      seen.add(path);
      const { $, status } = await support.open(path);
      expect(status, path).toBe(200);
      const found = [
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
      for (const [method = '', url = ''] of found) {
        const route = routeFor(method, url);
        expect(route, `${path} offers ${method} ${url}, which is nowhere`).toBeDefined();
        expect(route && isRefused(route), `${path} offers ${method} ${url}`).toBe(false);
        if (method === 'GET') waiting.push(url);
      }
    }
    expect(seen.size).toBeGreaterThan(8);
  });
});

describe('a row about a refusal', () => {
  it('is left by members and by forms made by hand too, and holds no id and no secret', async () => {
    await createTestAccount('member@example.org');
    const member = newVisitor();
    await member.signIn('member@example.org', validPassword);
    const secret = 'AbCd'.repeat(16);
    const answer = await member.agent.get(`/admin/invitations/${secret}?token=${secret}`);
    expect(answer.status).toBe(403);
    const last = (await refusedRows()).at(-1);
    expect(last?.path).toBe('/admin/invitations/:id');
    expect(JSON.stringify(last)).not.toContain(secret);
    const support = await signInStaff('support');
    const { invitation } = await createTestInvitation('handed@example.org');
    await support.open(`/admin/invitations/${invitation.id}`);
    const fields = { delivery: 'link' };
    expect((await support.post(`/admin/invitations/${invitation.id}/resends`, fields)).status).toBe(403);
    expect((await refusedRows()).at(-1)?.path).toBe('/admin/invitations/:id/resends');
  });

  it('is one of at most twenty a minute for an account, while every refusal stays one', async () => {
    const support = await signInStaff('support');
    const before = (await refusedRows()).length;
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => support.agent.get('/admin/invitations/new')),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([403]));
    expect(await refusedRows()).toHaveLength(before + 20);
  });
});

function routeFor(method: string, url: string): Route | undefined {
  const { pathname } = new URL(url, 'http://localhost');
  return adminRoutes.find((route) => {
    const pattern = new RegExp(`^${route.path.replaceAll(/:\w+/g, '[^/]+')}$`);
    return route.method === method && pattern.test(pathname);
  });
}
