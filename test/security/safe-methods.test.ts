import { beforeAll, describe, expect, it } from 'vitest';
import { actingAs } from '../../src/platform/audit/audit.ts';

import { createDraft } from '../campaigns/campaign.ts';
import { createLink, createTestGroup } from '../groups/group-fixtures.ts';
import { idOf, uploadAndCheck } from '../imports/uploads.ts';
import { queryRows } from '../support/database.ts';
import {
  app,
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  latestMail,
  linkInMail,
  newVisitor,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import { revoke } from '../support/operations.ts';
import type { Visitor } from '../support/visitor.ts';
import { routeName, routesOf } from './routes.ts';
import { snapshot } from './snapshot.ts';

const parameterValues: Record<string, string[]> = {};
let paths: string[];

const visitors: Record<string, () => Promise<Visitor>> = {
  anonymous: async () => newVisitor(),
  invited: async () => {
    const visitor = newVisitor();
    await visitor.open(parameterValues.link?.[0] ?? '');
    return visitor;
  },
  member: async () => {
    const visitor = newVisitor();
    await visitor.signIn('member@example.org', validPassword);
    return visitor;
  },
  support: () => signInStaff('support'),
  admin: () => signInStaff('admin'),
};

beforeAll(async () => {
  const member = await createTestAccount('member@example.org');
  const open = await createTestInvitation('open@example.org');
  const shared = await createTestInvitation('shared@example.org', { delivery: 'link' });
  const revoked = await createTestInvitation('revoked@example.org');
  await revoke(revoked.invitation.id, 'no reason', { kind: 'system' });
  const visitor = newVisitor();
  await visitor.open('/forgot-password');
  await visitor.submit('/forgot-password', { email: 'member@example.org' });
  const tokenIn = (url: string) => new URL(url).searchParams.get('token') ?? '';
  parameterValues.link = [open.url];
  parameterValues[':profileId'] = ['1', '0'];
  parameterValues[':template'] = ['invitation', 'nothing'];
  parameterValues[':version'] = ['1', '99'];
  parameterValues[':file'] = ['nothing.png'];
  parameterValues[':kind'] = ['name-changed', 'shared-address', 'wrong-school', 'address-lost', 'nothing'];
  const [mail] = await queryRows<{ id: string }>(
    `select id from messages where template = 'invitation' limit 1`,
  );
  parameterValues[':id'] = [open.invitation.id, revoked.invitation.id, mail?.id ?? '', '0'];
  parameterValues[':token'] = [tokenIn(open.url), tokenIn(shared.url), tokenIn(revoked.url), 'nonsense'];
  parameterValues.reset = [tokenIn(linkInMail(await latestMail('member@example.org')))];
  const { groupId, membershipId, joinToken } = await createOwnedGroup(member.id);
  parameterValues.group = [groupId, '0'];
  parameterValues[':memberId'] = [membershipId, '0'];
  parameterValues.join = [joinToken];
  parameterValues.account = [member.id, '0'];
  const preview = await uploadAndCheck(await signInStaff('admin'), 'alumni', 'id,last name\nS1,Owusu\n');
  parameterValues.import = [idOf(preview), '0'];
  parameterValues.campaign = [idOf(await createDraft(await signInStaff('admin'))), '0'];
  parameterValues.record = [await createTestRecord('member@example.org'), '0'];
  parameterValues[':recordId'] = parameterValues.record;
  parameterValues[':otherId'] = [await createTestRecord('other@example.org'), '0'];
  paths = listPaths();
});

/** A group owned by the account, with a one-time link that the account has generated. */
async function createOwnedGroup(accountId: string) {
  const groupId = await createTestGroup();
  const memberships = await queryRows<{ id: string }>(
    `insert into memberships (group_id, account_id, role, joined_at) values ($1, $2, 'owner', now()) returning id`,
    [groupId, accountId],
  );
  const { url } = await createLink(groupId, { actor: actingAs(accountId, { kind: 'system' }) });
  const joinToken = new URL(url).searchParams.get('token') ?? '';
  return { groupId, membershipId: memberships[0]?.id ?? '', joinToken };
}

/** The paths of all GET routes, with existing ids and tokens. */
function listPaths(): string[] {
  const routes = routesOf(app).filter(({ method }) => method !== 'POST');
  const routePaths = routes.flatMap(({ path }) => {
    if (path.includes('{*page}')) return ['/dev/mailbox', '/dev/mailbox.json', '/dev/nothing'];
    return fillPath(path);
  });
  const tokens = parameterValues[':token'] ?? [];
  const links = tokens.flatMap((token) => [`/register?token=${token}`, `/join?token=${token}`]);
  return [
    ...routePaths,
    ...links,
    `/reset-password?token=${parameterValues.reset}`,
    `/join-group/${parameterValues.group?.[0]}?token=${parameterValues.join}`,
    '/admin/invitations?q=open&status=pending',
  ];
}

/** A path with every combination of parameter values. */
function fillPath(path: string): string[] {
  const parameter = /:\w+/.exec(path)?.[0];
  if (!parameter) return [path];
  const values = (parameter === ':id' && parameterValues[subjectOf(path)]) || parameterValues[parameter];
  if (!values) throw new Error(`no values for ${parameter} in ${path}`);
  return values.flatMap((value) => fillPath(path.replace(parameter, value)));
}

/** What `:id` in the path refers to: an invitation or a mail unless stated otherwise. */
function subjectOf(path: string): string {
  if (/^\/(admin\/)?groups\/:id/.test(path)) return 'group';
  if (/^\/admin\/(people|alumni\/unmatched)\/:id/.test(path)) return 'account';
  if (path.startsWith('/admin/imports/:id')) return 'import';
  if (path.startsWith('/admin/campaigns/:id')) return 'campaign';
  return path.startsWith('/admin/alumni/:id') ? 'record' : ':id';
}

describe('a GET or HEAD request', () => {
  it.each(Object.keys(visitors))(
    'changes nothing for: %s',
    async (role) => {
      const visitor = await visitors[role]?.();
      if (!visitor) throw new Error(role);
      const before = await snapshot();
      const statuses = new Set<number>();
      const methods =
        role === 'invited' || role === 'admin' ? (['head', 'get'] as const) : (['get'] as const);
      for (const method of methods) {
        for (const path of paths) {
          const { status } = await visitor.agent[method](path);
          expect(status, `${method} ${path}`).toBeLessThan(500);
          statuses.add(status);
        }
      }
      expect(await snapshot()).toEqual(before);
      expect([...statuses]).toEqual(expect.arrayContaining([200, 303, 400, 410]));
    },
    180_000,
  );

  it('is the only request besides POST that a page accepts', async () => {
    const admin = await signInStaff('admin');
    const onePerRoute = new Map(paths.map((path) => [path.replaceAll(/\d+|[\w-]{60,}/g, ''), path]));
    for (const path of onePerRoute.values()) expect((await admin.agent.options(path)).status).toBe(405);
  });

  it('leaves every link valid', async () => {
    const [link = ''] = parameterValues.link ?? [];
    expect((await newVisitor().open(link)).path).toBe('/register');
    const visitor = newVisitor();
    expect((await visitor.open(`/reset-password?token=${parameterValues.reset}`)).path).toBe(
      '/reset-password',
    );
    expect(await queryRows('select 1 from password_resets where used_at is not null')).toHaveLength(0);
  });

  it('is tested for every route', () => {
    expect(
      routesOf(app)
        .filter(({ method }) => method === 'GET')
        .map(routeName).length,
    ).toBeGreaterThanOrEqual(17);
    expect(paths.length).toBeGreaterThan(30);
  });
});
