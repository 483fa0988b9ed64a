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

const fillings: Record<string, string[]> = {};
let paths: string[];

const visitors: Record<string, () => Promise<Visitor>> = {
  anonymous: async () => newVisitor(),
  invited: async () => {
    const visitor = newVisitor();
    await visitor.open(fillings.link?.[0] ?? '');
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
  const handed = await createTestInvitation('handed@example.org', { delivery: 'link' });
  const dead = await createTestInvitation('dead@example.org');
  await revoke(dead.invitation.id, 'no reason', { kind: 'system' });
  const asking = newVisitor();
  await asking.open('/forgot-password');
  await asking.submit('/forgot-password', { email: 'member@example.org' });
  const tokenIn = (url: string) => new URL(url).searchParams.get('token') ?? '';
  fillings.link = [open.url];
  fillings[':profileId'] = ['1', '0'];
  fillings[':template'] = ['invitation', 'nothing'];
  fillings[':version'] = ['1', '99'];
  const [mail] = await queryRows<{ id: string }>(
    `select id from messages where template = 'invitation' limit 1`,
  );
  fillings[':id'] = [open.invitation.id, dead.invitation.id, mail?.id ?? '', '0'];
  fillings[':token'] = [tokenIn(open.url), tokenIn(handed.url), tokenIn(dead.url), 'nonsense'];
  fillings.reset = [tokenIn(linkInMail(await latestMail('member@example.org')))];
  const { groupId, membershipId, joinToken } = await community(member.id);
  fillings.group = [groupId, '0'];
  fillings[':memberId'] = [membershipId, '0'];
  fillings.join = [joinToken];
  fillings.account = [member.id, '0'];
  const preview = await uploadAndCheck(await signInStaff('admin'), 'alumni', 'id,last name\nS1,Owusu\n');
  fillings.import = [idOf(preview), '0'];
  fillings.campaign = [idOf(await createDraft(await signInStaff('admin'))), '0'];
  fillings.record = [await createTestRecord('member@example.org'), '0'];
  fillings[':recordId'] = fillings.record;
  fillings[':otherId'] = [await createTestRecord('other@example.org'), '0'];
  paths = addresses();
});

// A group that the member owns, with a link of their own that waits.
async function community(accountId: string) {
  const groupId = await createTestGroup();
  const joined = await queryRows<{ id: string }>(
    `insert into memberships (group_id, account_id, role, joined_at) values ($1, $2, 'owner', now()) returning id`,
    [groupId, accountId],
  );
  const { url } = await createLink(groupId, { actor: actingAs(accountId, { kind: 'system' }) });
  const joinToken = new URL(url).searchParams.get('token') ?? '';
  return { groupId, membershipId: joined[0]?.id ?? '', joinToken };
}

/** Every address that a GET route answers, filled with what really is there. */
function addresses(): string[] {
  const routes = routesOf(app).filter(({ method }) => method !== 'POST');
  const filled = routes.flatMap(({ path }) => {
    if (path.includes('{*page}')) return ['/dev/mailbox', '/dev/mailbox.json', '/dev/nothing'];
    return fill(path);
  });
  const tokens = fillings[':token'] ?? [];
  const links = tokens.flatMap((token) => [`/register?token=${token}`, `/join?token=${token}`]);
  return [
    ...filled,
    ...links,
    `/reset-password?token=${fillings.reset}`,
    `/groups/${fillings.group?.[0]}/join?token=${fillings.join}`,
    '/admin/invitations?q=open&status=pending',
  ];
}

/** A path with each of its holes filled in every way. */
function fill(path: string): string[] {
  const hole = /:\w+/.exec(path)?.[0];
  if (!hole) return [path];
  const own = (hole === ':id' && fillings[kindOf(path)]) || fillings[hole];
  if (!own) throw new Error(`nothing to fill ${hole} of ${path} with`);
  return own.flatMap((value) => fill(path.replace(hole, value)));
}

/** What `:id` is the id of; an invitation's or a mail's where nothing else is said. */
function kindOf(path: string): string {
  if (/^\/(admin\/)?groups\/:id/.test(path)) return 'group';
  if (/^\/admin\/(people|alumni\/unmatched)\/:id/.test(path)) return 'account';
  if (path.startsWith('/admin/imports/:id')) return 'import';
  if (path.startsWith('/admin/campaigns/:id')) return 'campaign';
  return path.startsWith('/admin/alumni/:id') ? 'record' : ':id';
}

describe('opening a page, by whoever and how often', () => {
  it.each(Object.keys(visitors))('changes nothing: %s', async (who) => {
    const visitor = await visitors[who]?.();
    if (!visitor) throw new Error(who);
    const before = await snapshot();
    const statuses = new Set<number>();
    const methods =
      who === 'invited' || who === 'admin' ? (['get', 'head', 'get'] as const) : (['get', 'get'] as const);
    for (const method of methods) {
      for (const path of paths) {
        const { status } = await visitor.agent[method](path);
        expect(status, `${method} ${path}`).toBeLessThan(500);
        statuses.add(status);
      }
    }
    expect(await snapshot()).toEqual(before);
    expect([...statuses]).toEqual(expect.arrayContaining([200, 303, 400, 410]));
  });

  it('is all that can be done without a form', async () => {
    const admin = await signInStaff('admin');
    for (const path of paths) expect((await admin.agent.options(path)).status).toBe(405);
  });

  it('leaves every link as good as it was', async () => {
    const [link = ''] = fillings.link ?? [];
    expect((await newVisitor().open(link)).path).toBe('/register');
    const visitor = newVisitor();
    expect((await visitor.open(`/reset-password?token=${fillings.reset}`)).path).toBe('/reset-password');
    expect(await queryRows('select 1 from password_resets where used_at is not null')).toHaveLength(0);
  });

  it('is tried for every route there is', () => {
    expect(
      routesOf(app)
        .filter(({ method }) => method === 'GET')
        .map(routeName).length,
    ).toBeGreaterThanOrEqual(17);
    expect(paths.length).toBeGreaterThan(30);
  });
});
