import { afterAll, describe, expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { deleteOwnAccount } from '../../src/accounts/deletion.ts';
import { archiveGroup } from '../../src/groups/group.ts';
import { changeMemberRole } from '../../src/groups/membership.ts';
import { findOpenInvitation } from '../../src/invitations/invitation.ts';
import { retryWaitingGroupInvitationRequests } from '../../src/invitations/requests/group-invitation-request.ts';
import { closeDatabase } from '../../src/platform/db/database.ts';
import { crontab } from '../../src/tasks.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestInvitation,
  createTestRecord,
  latestMail,
  linkInMail,
  newVisitor,
  runJobs,
  validPassword,
} from '../support/fixtures.ts';
import { invite } from '../support/operations.ts';
import type { Visitor } from '../support/visitor.ts';
import {
  createMember,
  createPerson,
  createTestGroup,
  type Member,
  roleOf,
  signInAs,
} from './group-fixtures.ts';

afterAll(closeDatabase);

const command = { kind: 'command' } as const;
const usual = { message: null, validityDays: 7, staffRole: null, delivery: 'mail', replace: false } as const;
let made = 0;
const newAddress = () => `invitee${++made}@example.org`;

async function owned() {
  const groupId = await createTestGroup();
  return { groupId, owner: await createMember(groupId, 'owner', 'Kofi Mensah') };
}

/** Somebody registers by the newest mail to an address. */
async function register(email: string): Promise<Visitor> {
  const visitor = newVisitor();
  await visitor.open(linkInMail(await latestMail(email)));
  const records = [...visitor.page.html.matchAll(/name="(records\[\d+\])"/g)].map(([, name = '']) => [
    name,
    'none',
  ]);
  await visitor.submit('/register', {
    name: 'Amma Owusu',
    password: validPassword,
    ...Object.fromEntries(records),
  });
  return visitor;
}

async function wish(owner: Member, groupId: string, fields: Record<string, string>): Promise<Visitor> {
  const visitor = await signInAs(owner);
  await visitor.open(`/groups/${groupId}/invitations/new`);
  await visitor.submit(`/groups/${groupId}/invitations`, fields);
  return visitor;
}

async function outcomes(groupId: string): Promise<string[]> {
  await runJobs();
  const found = await queryRows<{ outcome: string }>(
    'select outcome from group_invitation_requests where group_id = $1 order by id',
    [groupId],
  );
  return found.map(({ outcome }) => outcome);
}

async function accountOf(email: string): Promise<Pick<Member, 'account'>> {
  const account = await Account.findOne({ where: { email } });
  if (!account) throw new Error(`no account ${email}`);
  return { account };
}

describe('an invitation into a group', () => {
  it('is told in the mail and on the page, and joins by registering', async () => {
    const { groupId, owner } = await owned();
    const email = newAddress();
    await invite({ ...usual, email, group: { id: groupId, role: 'admin' } }, owner.actor);
    const mail = await latestMail(email);
    expect(mail.text).toContain('to register with Alumni Association and to join Harbour Chapter');
    const visitor = newVisitor();
    await visitor.open(linkInMail(mail));
    expect(visitor.page.text).toContain('to register and to join Harbour Chapter');
    await visitor.submit('/register', { name: 'Amma Owusu', password: validPassword });
    expect(visitor.page.text).toContain('You are in Harbour Chapter');
    expect(await roleOf(groupId, await accountOf(email))).toBe('admin');
    const [row] = await queryRows(
      `select invited_by, invitation_id is not null as invited, status from memberships
      where group_id = $1 and role = 'admin'`,
      [groupId],
    );
    expect(row).toEqual({ invited_by: owner.account.id, invited: true, status: 'ACTIVE' });
  });

  it('waits at home for whoever has an account, and asks for nothing again', async () => {
    const { groupId, owner } = await owned();
    const guest = await createPerson();
    await createTestRecord(guest.account.email);
    await invite(
      { ...usual, email: guest.account.email, group: { id: groupId, role: 'member' } },
      owner.actor,
    );
    const mail = await latestMail(guest.account.email);
    expect(mail.subject).toMatch(/^Your invitation to join Harbour Chapter /);
    expect(mail.text).toContain('to join Harbour Chapter');
    const visitor = await signInAs(guest);
    expect((await visitor.open('/home')).text).toContain('You are invited into Harbour Chapter');
    await visitor.submit('/home/invitation/acceptance');
    expect(visitor.page.text).toContain('You are in Harbour Chapter');
    expect(visitor.page.$(`a[href="/groups/${groupId}"]`)).toHaveLength(1);
    expect(await roleOf(groupId, guest)).toBe('member');
    expect(visitor.page.$('form[action="/home/claims"]')).toHaveLength(1);
  });

  it('is declined at home', async () => {
    const { groupId, owner } = await owned();
    const guest = await createPerson();
    await invite(
      { ...usual, email: guest.account.email, group: { id: groupId, role: 'member' } },
      owner.actor,
    );
    const visitor = await signInAs(guest);
    await visitor.open('/home');
    await visitor.submit('/home/invitation/decline');
    expect(visitor.page.text).toContain('You have declined the invitation');
    expect(await findOpenInvitation(guest.account.email)).toBeNull();
    expect(await roleOf(groupId, guest)).toBeNull();
  });

  it('is made only by whoever may give the role', async () => {
    const { groupId } = await owned();
    const admin = await createMember(groupId, 'admin');
    const plain = await createMember(groupId);
    const attempts = [
      [admin, 'owner'],
      [admin, 'admin'],
      [plain, 'member'],
      [await createPerson(), 'member'],
    ] as const;
    for (const [who, role] of attempts) {
      const attempt = invite({ ...usual, email: newAddress(), group: { id: groupId, role } }, who.actor);
      await expect(attempt).rejects.toMatchObject({ status: 403 });
    }
    await archiveGroup(groupId, command);
    const late = invite({ ...usual, email: newAddress(), group: { id: groupId, role: 'member' } }, command);
    await expect(late).rejects.toMatchObject({ status: 422 });
  });

  it('registers, but doesn’t join, once its inviter may not invite any more', async () => {
    const { groupId, owner } = await owned();
    await createMember(groupId, 'owner');
    const email = newAddress();
    await invite({ ...usual, email, group: { id: groupId, role: 'admin' } }, owner.actor);
    await changeMemberRole(groupId, owner.membershipId, 'admin', command);
    const visitor = await register(email);
    expect(visitor.page.path).toBe('/home');
    expect(visitor.page.text).toContain('You are not in Harbour Chapter');
    expect(await roleOf(groupId, await accountOf(email))).toBeNull();
  });

  it('gives no place once its inviter’s account is gone', async () => {
    const { groupId, owner } = await owned();
    const email = newAddress();
    await invite({ ...usual, email, group: { id: groupId, role: 'owner' } }, owner.actor);
    await deleteOwnAccount(owner.account.id, owner.actor);
    await register(email);
    expect(await roleOf(groupId, await accountOf(email))).toBeNull();
  });

  it('makes an owner of a member, and never a member of an owner', async () => {
    const { groupId, owner } = await owned();
    const plain = await createMember(groupId);
    for (const [who, role] of [
      [plain, 'owner'],
      [owner, 'member'],
    ] as const) {
      await invite({ ...usual, email: who.account.email, group: { id: groupId, role } }, command);
      const visitor = await signInAs(who);
      await visitor.open('/home');
      await visitor.submit('/home/invitation/acceptance');
      expect(await roleOf(groupId, who)).toBe('owner');
    }
  });
});

describe('an owner’s wish to invite', () => {
  it('gets one answer, whether or not the address is known', async () => {
    const { groupId, owner } = await owned();
    const [known, unknown, busy] = [newAddress(), newAddress(), newAddress()];
    await createTestRecord(known);
    await createTestInvitation(busy, { staffRole: 'support' });
    await createTestRecord(busy);
    const texts = new Set<string>();
    for (const email of [known, unknown, busy, owner.account.email, (await createPerson()).account.email]) {
      const visitor = await wish(owner, groupId, { email, role: 'member' });
      expect(visitor.page).toMatchObject({ status: 200, path: `/groups/${groupId}/invitations/new` });
      texts.add(visitor.page.$('.flash').text().replaceAll(email, 'them'));
      await runJobs();
    }
    expect(texts.size).toBe(1);
    expect(await outcomes(groupId)).toEqual([
      'invited',
      'not-on-file',
      'waiting',
      'already-member',
      'invited',
    ]);
    expect(await findOpenInvitation(unknown)).toBeNull();
    await register(known);
    expect(await roleOf(groupId, await accountOf(known))).toBe('member');
  });

  it('is added to the invitation that the office has open', async () => {
    const { groupId, owner } = await owned();
    const email = newAddress();
    await createTestRecord(email);
    await createTestInvitation(email);
    await wish(owner, groupId, { email, role: 'member' });
    expect(await outcomes(groupId)).toEqual(['added']);
    expect((await latestMail(email)).text).toContain('to join Harbour Chapter');
    const [told] = await queryRows('select group_invited_by, invited_by from invitations where email = $1', [
      email,
    ]);
    expect(told).toEqual({ group_invited_by: owner.account.id, invited_by: null });
  });

  it('of a second group follows once the first is answered', async () => {
    const [first, second] = [await owned(), await owned()];
    const guest = await createPerson();
    const { email } = guest.account;
    // One after the other: of two at one moment either may come first.
    await wish(first.owner, first.groupId, { email, role: 'member' });
    expect(await outcomes(first.groupId)).toEqual(['invited']);
    await wish(second.owner, second.groupId, { email, role: 'member' });
    expect(await outcomes(second.groupId)).toEqual(['waiting']);
    await retryWaitingGroupInvitationRequests();
    expect(await outcomes(second.groupId)).toEqual(['waiting']);
    const visitor = await signInAs(guest);
    await visitor.open('/home');
    await visitor.submit('/home/invitation/decline');
    await Promise.all([retryWaitingGroupInvitationRequests(), retryWaitingGroupInvitationRequests()]);
    expect(await outcomes(second.groupId)).toEqual(['invited']);
    await visitor.open('/home');
    await visitor.submit('/home/invitation/acceptance');
    expect([await roleOf(first.groupId, guest), await roleOf(second.groupId, guest)]).toEqual([
      null,
      'member',
    ]);
    expect(crontab).toMatch(/^\*\/10 \* \* \* \* retry-group-invitation-requests /m);
  });

  it('reaches nobody who asked not to be written to, and nobody by an owner who was demoted since', async () => {
    const { groupId, owner } = await owned();
    await createMember(groupId, 'owner');
    const email = newAddress();
    await createTestRecord(email);
    const visitor = newVisitor();
    await visitor.open((await createTestInvitation(email)).url);
    await visitor.open('/register/decline');
    await visitor.submit('/register/decline', { reason: 'stop' });
    await wish(owner, groupId, { email, role: 'member' });
    const other = newAddress();
    await createTestRecord(other);
    await wish(owner, groupId, { email: other, role: 'member' });
    await changeMemberRole(groupId, owner.membershipId, 'member', command);
    expect(await outcomes(groupId)).toEqual(['refused', 'refused']);
  });

  it('is limited', async () => {
    const { groupId, owner } = await owned();
    const visitor = await wish(owner, groupId, { email: newAddress() });
    const tries = Array.from({ length: 50 }, () =>
      visitor.post(`/groups/${groupId}/invitations`, { email: 'many@example.org' }),
    );
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(1);
  });
});

describe('a dump of the tables', () => {
  it('holds no link of a group: 32-byte hashes while they wait, none afterwards', async () => {
    const { groupId, owner } = await owned();
    const visitor = await signInAs(owner);
    await visitor.open(`/groups/${groupId}/links`);
    const page = await visitor.submit(`/groups/${groupId}/links`, { hours: '24', role: 'member' });
    const token = new URL(String(page.$('#shared-link').val())).searchParams.get('token') ?? '';
    const found: string[] = [];
    const tables = await queryRows<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
       where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
    );
    for (const { name } of tables) {
      const hits = await queryRows(`select 1 from ${name} t where t::text like '%' || $1 || '%'`, [
        token.slice(24),
      ]);
      if (hits.length > 0) found.push(name);
    }
    expect(found).toEqual([]);
    const hashes = await queryRows<{ length: number }>(
      'select octet_length(token_hash) as length from memberships where token_hash is not null',
    );
    expect(new Set(hashes.map(({ length }) => length))).toEqual(new Set([32]));
  });
});
