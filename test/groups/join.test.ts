import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { revokeGroupLink } from '../../src/groups/link.ts';
import { changeMemberRole, leaveGroup } from '../../src/groups/membership.ts';
import { signLinkToken } from '../../src/platform/crypto/signed-links.ts';
import { closeDatabase } from '../../src/platform/db/database.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  createTestInvitation,
  latestMail,
  linkInMail,
  newVisitor,
  registerMinor,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';
import {
  createLink,
  createMember,
  createPerson,
  createTestGroup,
  expireLink,
  type Member,
  memberCount,
  roleOf,
  signInAs,
  suspend,
} from './group-fixtures.ts';

afterAll(closeDatabase);

let groupId: string;
let owner: Member;
beforeEach(async () => {
  await queryRows('delete from rate_limits');
  groupId = await createTestGroup();
  owner = await createMember(groupId, 'owner', 'Kofi Mensah');
});

const joinPath = () => `/join-group/${groupId}`;
const tokenIn = (url: string) => new URL(url).searchParams.get('token') ?? '';

async function openLink(url: string, member?: Member): Promise<Visitor> {
  const visitor = member ? await signInAs(member) : newVisitor();
  await visitor.open(url);
  return visitor;
}

describe('a one-time link in a browser', () => {
  it('shows who invites to which group, and joins by a form', async () => {
    const { url } = await createLink(groupId, owner, 'admin');
    const guest = await createPerson();
    const visitor = await openLink(url, guest);
    expect(visitor.page).toMatchObject({ status: 200, path: joinPath() });
    expect(visitor.page.text).toContain('Kofi Mensah has invited you to join Harbour Chapter');
    expect(visitor.page.text).toContain('as an admin');
    expect(visitor.page.html).not.toContain(tokenIn(url));
    const page = await visitor.submit(joinPath());
    expect(page).toMatchObject({ status: 200, path: `/groups/${groupId}` });
    expect(page.text).toContain('You’ve joined this group as an admin');
    expect(await roleOf(groupId, guest)).toBe('admin');
  });

  it('isn’t redeemed by opening it', async () => {
    const { url } = await createLink(groupId, owner);
    for (const method of ['get', 'head', 'get'] as const) {
      const answer = await newVisitor().agent[method](new URL(url).pathname + new URL(url).search);
      expect(answer.status).toBe(303);
      expect(answer.headers['referrer-policy']).toBe('same-origin');
      expect(answer.headers['cache-control']).toBe('no-store');
    }
    const guest = await createPerson();
    await (await openLink(url, guest)).submit(joinPath());
    expect(await roleOf(groupId, guest)).toBe('member');
  });

  it('stays open during sign-in, without storing the secret in the session', async () => {
    const { url, linkId } = await createLink(groupId, owner);
    const visitor = await openLink(url);
    expect(visitor.page.text).toContain('Sign in to join');
    expect(visitor.page.text).toContain('If you don’t have an account');
    expect(visitor.page.$('a[href="/register/new-link"]')).toHaveLength(1);
    const [session] = await queryRows<{ sess: string }>(
      `select sess::text from sessions where sess::text like '%' || $1 || '%'`,
      [linkId],
    );
    expect(session?.sess).not.toContain(tokenIn(url));
    const guest = await createPerson();
    const page = await visitor.signIn(guest.account.email, validPassword);
    expect(page).toMatchObject({ status: 200, path: joinPath() });
    await visitor.submit(joinPath());
    expect(await roleOf(groupId, guest)).toBe('member');
  });

  it('is offered on the home page after registering', async () => {
    const { url } = await createLink(groupId, owner);
    const visitor = await openLink(url);
    const email = 'late@example.org';
    await visitor.open((await createTestInvitation(email)).url);
    await visitor.submit('/register', { name: 'Late Amma', password: validPassword });
    expect(visitor.page).toMatchObject({ status: 200, path: '/home' });
    expect(visitor.page.text).toContain('You opened a link to Harbour Chapter');
    await visitor.open(visitor.page.$('a:contains("See the group")').attr('href') ?? '');
    expect((await visitor.submit(joinPath())).path).toBe(`/groups/${groupId}`);
    expect((await visitor.open('/home')).text).not.toContain('You opened a link');
  });

  it('is offered on the home page after resetting the password', async () => {
    const { url } = await createLink(groupId, owner);
    const guest = await createPerson();
    const visitor = await openLink(url);
    await visitor.open('/forgot-password');
    await visitor.submit('/forgot-password', { email: guest.account.email });
    await visitor.open(linkInMail(await latestMail(guest.account.email)));
    const password = 'seven geese over the harbour';
    await visitor.submit('/reset-password', { password });
    await visitor.signIn(guest.account.email, password);
    expect((await visitor.open('/home')).text).toContain('You opened a link to Harbour Chapter');
    expect((await visitor.open(joinPath())).status).toBe(200);
  });

  it('can’t be redeemed without signing in', async () => {
    const { url } = await createLink(groupId, owner);
    const visitor = await openLink(url);
    await visitor.open('/sign-in');
    const answer = await visitor.post(joinPath(), {});
    expect(answer.status).toBe(401);
    expect(await memberCount(groupId)).toBe(1);
  });

  it('can’t be redeemed twice, by others or by the same person', async () => {
    const { url } = await createLink(groupId, owner);
    const guest = await createPerson();
    const visitor = await openLink(url, guest);
    await visitor.submit(joinPath());
    expect((await visitor.post(joinPath(), {})).headers.location).toBe(`/groups/${groupId}`);
    const other = await openLink(url, await createPerson());
    expect(other.page.status).toBe(410);
    expect(other.page.text).toContain('This link has already been used');
    expect(await memberCount(groupId)).toBe(2);
    await leaveGroup(groupId, guest.actor);
    expect((await visitor.open(url)).status).toBe(410);
    expect((await visitor.open(joinPath())).status).toBe(410);
    expect(await memberCount(groupId)).toBe(1);
  });

  it('redirects the member who joined by it to the group, after signing in if necessary', async () => {
    const { url } = await createLink(groupId, owner);
    const guest = await createPerson();
    const visitor = await openLink(url, guest);
    await visitor.submit(joinPath());
    expect((await visitor.open(url)).path).toBe(`/groups/${groupId}`);
    const elsewhere = await openLink(url);
    expect(elsewhere.page.text).toContain('If it was you who used it, you’re already in the group');
    await elsewhere.open(elsewhere.page.$('a:contains("Go to your groups")').attr('href') ?? '');
    await elsewhere.submit('/sign-in', { email: guest.account.email, password: validPassword });
    expect(elsewhere.page.path).toBe('/groups');
  });

  it('admits one of several people who submit at the same time', async () => {
    const { url } = await createLink(groupId, owner);
    const crowd = await Promise.all(
      Array.from({ length: 5 }, async () => openLink(url, await createPerson())),
    );
    const answers = await Promise.all(
      crowd.flatMap((visitor) => [1, 2].map(() => visitor.post(joinPath(), {}))),
    );
    // Both requests of the person who joined are redirected to the group.
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([303, 303, ...Array(8).fill(410)]);
    expect(await memberCount(groupId)).toBe(2);
  });

  it.each([
    ['cut short', (token: string) => token.slice(0, -1)],
    [
      'with another letter',
      (token: string) =>
        token[30] === 'A' ? token.replace(/./, 'B') : `${token.slice(0, 30)}A${token.slice(31)}`,
    ],
    ['empty', () => ''],
    ['nonsense', () => 'null'],
    ['much too long', (token: string) => token.repeat(150)],
    ['made for another purpose', () => signLinkToken('invitation', crypto.randomUUID())],
    ['signed, but unknown', () => signLinkToken('group', crypto.randomUUID())],
  ] as const)('returns 404 for a token that is %s', async (_how, spoil) => {
    const { url } = await createLink(groupId, owner);
    const page = await newVisitor().open(`${joinPath()}?token=${spoil(tokenIn(url))}`);
    expect(page.status).toBe(404);
    expect(page.text).toContain('We can’t open this link');
  });

  it('explains that it is expired, another group’s, or not needed', async () => {
    const visitor = newVisitor();
    const old = await createLink(groupId, owner);
    await expireLink(old);
    expect((await visitor.open(old.url)).text).toContain('This link has expired');
    expect(visitor.page.status).toBe(410);
    const good = await createLink(groupId, owner);
    const elsewhere = await createTestGroup();
    expect((await visitor.open(good.url.replace(`/${groupId}?`, `/${elsewhere}?`))).status).toBe(400);
    const page = await (await signInAs(owner)).open(good.url);
    expect(page.status).toBe(409);
    expect(page.text).toContain('You’re already in this group');
    expect((await visitor.open(good.url)).status).toBe(200);
  });

  it('can become invalid between opening and submitting', async () => {
    const second = await createMember(groupId, 'owner');
    const invalidations: ((link: Awaited<ReturnType<typeof createLink>>) => Promise<unknown>)[] = [
      async ({ linkId }) => {
        const [row] = await queryRows<{ id: string }>('select id from memberships where link_id = $1', [
          linkId,
        ]);
        await revokeGroupLink(groupId, row?.id ?? '', owner.actor);
      },
      (link) => expireLink(link),
      () => changeMemberRole(groupId, second.membershipId, 'member', { kind: 'command' }),
      () => leaveGroup(groupId, second.actor),
    ];
    const links = await Promise.all(invalidations.map(() => createLink(groupId, second)));
    for (const [index, invalidate] of invalidations.entries()) {
      const link = links[index] as (typeof links)[number];
      const guest = await createPerson();
      const visitor = await openLink(link.url, guest);
      if (visitor.page.status === 200) {
        await invalidate(link);
        expect((await visitor.submit(joinPath())).status).toBe(410);
      } else expect(visitor.page.status).toBe(410);
      expect(await roleOf(groupId, guest)).toBeNull();
    }
  });

  it('can’t be redeemed by a minor without consent, and stays open', async () => {
    const minor = await registerMinor('young@example.org');
    const { url } = await createLink(groupId, owner);
    expect((await minor.open(url)).status).toBe(403);
    expect(minor.page.text).toContain('once you have access with your account');
    expect((await minor.open(`/groups/${groupId}`)).path).toBe('/waiting');
    expect((await minor.open('/groups')).path).toBe('/waiting');
    expect((await (await openLink(url, await createPerson())).submit(joinPath())).status).toBe(200);
  });

  it('costs no query if it is forged, and too many are refused', async () => {
    const statuses = new Set<number>();
    for (let tries = 0; tries < 62; tries += 1)
      statuses.add((await newVisitor().agent.get(`${joinPath()}?token=forged`)).status);
    expect([...statuses]).toEqual([404, 429]);
    expect(await queryRows('select 1 from rate_limits')).toEqual([]);
  });
});

describe('the pages of a group', () => {
  it('exist only for members', async () => {
    const outsider = await signInAs(await createMember(await createTestGroup(), 'owner'));
    for (const path of ['', '/links', '/leaving', '/invitations/new', `/members/${owner.membershipId}`])
      expect((await outsider.open(`/groups/${groupId}${path}`)).status).toBe(404);
    const admin = await signInStaff('admin');
    expect((await admin.open(`/groups/${groupId}`)).status).toBe(404);
    expect((await admin.open(`/admin/groups/${groupId}`)).status).toBe(200);
  });

  it('let plain members view the group and nothing else', async () => {
    const plain = await createMember(groupId, 'member', 'Esi Owusu');
    const visitor = await signInAs(plain);
    const page = await visitor.open(`/groups/${groupId}`);
    expect(page.text).toContain('Kofi Mensah');
    expect(page.$('main').text()).not.toContain('@');
    expect(page.$('a[href$="/links"], a[href*="/members/"]')).toHaveLength(0);
    await visitor.open(`/groups/${groupId}/leaving`);
    for (const path of [
      '/links',
      '/links/revocations',
      `/members/${owner.membershipId}/removal`,
      '/invitations',
    ])
      expect((await visitor.post(`/groups/${groupId}${path}`, {})).status).toBe(403);
    expect(await roleOf(groupId, owner)).toBe('owner');
  });

  it('show a new link once, to its creator, with every way to share it', async () => {
    const visitor = await signInAs(owner);
    await visitor.open(`/groups/${groupId}/links`);
    const page = await visitor.submit(`/groups/${groupId}/links`, { hours: '1', role: 'member' });
    const url = String(page.$('#shared-link').val());
    expect(url).toMatch(new RegExp(`/join-group/${groupId}\\?token=[\\w-]{66}$`));
    expect(page.$('img[src^="data:image/svg+xml"]')).toHaveLength(1);
    for (const scheme of ['mailto:', 'sms:'])
      expect(decodeURIComponent(page.$(`a[href^="${scheme}"]`).attr('href') ?? '')).toContain(url);
    expect(page.$('[data-share]').attr('hidden')).toBeDefined();
    const again = await visitor.open(`/groups/${groupId}/links`);
    expect(again.html).not.toContain(tokenIn(url));
    expect(again.text).not.toContain('Nobody can use this link');
    expect((await openLink(url, await createPerson())).page.status).toBe(200);
  });

  it('let an admin revoke links for members, but no link for another role', async () => {
    const visitor = await signInAs(await createMember(groupId, 'admin'));
    const revoke = async (role: 'member' | 'owner') => {
      const { linkId } = await createLink(groupId, owner, role);
      const pending = await queryRow<{ id: string }>('select id from memberships where link_id = $1', [
        linkId,
      ]);
      await visitor.open(`/groups/${groupId}/links`);
      const { status } = await visitor.post(`/groups/${groupId}/links/${pending?.id}/revocation`, {});
      const open = 'select 1 from memberships where link_id = $1 and revoked_at is null';
      return { status, isOpen: (await queryRows(open, [linkId])).length === 1 };
    };
    expect(await revoke('member')).toEqual({ status: 303, isOpen: false });
    expect(await revoke('owner')).toEqual({ status: 403, isOpen: true });
    expect((await visitor.post(`/groups/${groupId}/links/0/revocation`, {})).status).toBe(404);
  });

  it('refuse an admin who submits what only an owner may do', async () => {
    const visitor = await signInAs(await createMember(groupId, 'admin'));
    const page = await visitor.open(`/groups/${groupId}/links`);
    expect(
      page
        .$('select[name=role] option')
        .map((_, option) => page.$(option).val())
        .get(),
    ).toEqual(['member']);
    for (const [path, fields] of [
      ['/links', { role: 'owner' }],
      ['/links', { role: 'admin' }],
      [`/members/${owner.membershipId}/role`, { role: 'member' }],
      [`/members/${owner.membershipId}/removal`, {}],
      ['/links/revocations', { creator: '' }],
      ['/invitations', { email: 'x@example.org', role: 'owner' }],
    ] as const) {
      expect((await visitor.post(`/groups/${groupId}${path}`, { ...fields })).status).toBe(403);
    }
    for (const hours of ['0', '721', '1e3', '-1', 'x'])
      expect((await visitor.post(`/groups/${groupId}/links`, { hours })).status).toBe(422);
  });

  it('are closed immediately to those who are demoted, leave or are suspended', async () => {
    const admin = await createMember(groupId, 'admin');
    const visitor = await signInAs(admin);
    expect((await visitor.open(`/groups/${groupId}/links`)).status).toBe(200);
    await changeMemberRole(groupId, admin.membershipId, 'member', owner.actor);
    expect((await visitor.open(`/groups/${groupId}/links`)).status).toBe(403);
    await leaveGroup(groupId, admin.actor);
    expect((await visitor.open(`/groups/${groupId}`)).status).toBe(404);
    await suspend(admin);
    expect((await visitor.open(`/groups/${groupId}`)).path).toMatch(/^\/sign-in\?returnTo=/);
  });

  it('link the last owner, who can’t leave, back to the other members', async () => {
    const { membershipId } = await createMember(groupId, 'member', 'Abena Asante');
    const visitor = await signInAs(owner);
    await visitor.open(`/groups/${groupId}/leaving`);
    expect((await visitor.submit(`/groups/${groupId}/leaving`)).status).toBe(409);
    expect(visitor.page.text).toContain('Make someone else an owner first');
    const back = visitor.page.$('a:contains("Go back")').attr('href') ?? '';
    const page = await visitor.open(new URL(back, `http://site/groups/${groupId}/leaving`).pathname);
    expect(page.$(`a[href="/groups/${groupId}/members/${membershipId}"]`)).toHaveLength(1);
  });

  it('let an owner revoke leaked links, remove who joined by them, and undo that', async () => {
    const link = await createLink(groupId, owner);
    const guest = await createPerson('Abena Asante');
    await (await openLink(link.url, guest)).submit(joinPath());
    await createLink(groupId, owner);
    const visitor = await signInAs(owner);
    await visitor.open(`/groups/${groupId}/links`);
    const page = await visitor.submit(`/groups/${groupId}/links/revocations`, { creator: '' });
    expect(page.text).toContain('You’ve revoked 1 link');
    const path = page.$('a:contains("Abena Asante")').attr('href') ?? '';
    await visitor.open(path);
    await visitor.submit(`${path}/undoing`);
    expect(visitor.page.text).toContain('Abena Asante is no longer in');
    expect(await roleOf(groupId, guest)).toBeNull();
    await visitor.open(path);
    expect(visitor.page.text).toContain('Removed because of a leaked link by Kofi Mensah');
    await visitor.submit(`${path}/restoration`);
    expect(await roleOf(groupId, guest)).toBe('member');
  });
});
