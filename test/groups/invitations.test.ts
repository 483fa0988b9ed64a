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
const defaults = {
  message: null,
  validityDays: 7,
  staffRole: null,
  delivery: 'mail',
  replace: false,
} as const;
let lastNumber = 0;
const newAddress = () => `invitee${++lastNumber}@example.org`;

async function createGroupWithOwner() {
  const groupId = await createTestGroup();
  return { groupId, owner: await createMember(groupId, 'owner', 'Kofi Mensah') };
}

/** Registers with the link in the latest mail to an address. */
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

async function requestInvitation(
  owner: Member,
  groupId: string,
  fields: Record<string, string>,
): Promise<Visitor> {
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

describe('an invitation to a group', () => {
  it('is named in the mail and on the page, and joins by registering', async () => {
    const { groupId, owner } = await createGroupWithOwner();
    const email = newAddress();
    await invite({ ...defaults, email, group: { id: groupId, role: 'admin' } }, owner.actor);
    const mail = await latestMail(email);
    expect(mail.text).toContain('to register with Alumni Association and join Harbour Chapter');
    const visitor = newVisitor();
    await visitor.open(linkInMail(mail));
    expect(visitor.page.text).toContain('to register and to join Harbour Chapter');
    await visitor.submit('/register', { name: 'Amma Owusu', password: validPassword });
    expect(visitor.page.text).toContain('You’ve joined Harbour Chapter');
    expect(await roleOf(groupId, await accountOf(email))).toBe('admin');
    const [row] = await queryRows(
      `select invited_by, invitation_id is not null as invited, status from memberships
      where group_id = $1 and role = 'admin'`,
      [groupId],
    );
    expect(row).toEqual({ invited_by: owner.account.id, invited: true, status: 'ACTIVE' });
  });

  it('is accepted on the home page by someone with an account, without further questions', async () => {
    const { groupId, owner } = await createGroupWithOwner();
    const guest = await createPerson();
    await createTestRecord(guest.account.email);
    await invite(
      { ...defaults, email: guest.account.email, group: { id: groupId, role: 'member' } },
      owner.actor,
    );
    const mail = await latestMail(guest.account.email);
    expect(mail.subject).toMatch(/^Your invitation to join Harbour Chapter /);
    expect(mail.text).toContain('join Harbour Chapter');
    const visitor = await signInAs(guest);
    expect((await visitor.open('/home')).text).toContain('You’re invited to join Harbour Chapter');
    await visitor.submit('/home/invitation/acceptance');
    expect(visitor.page.text).toContain('You’ve joined Harbour Chapter');
    expect(visitor.page.$(`a[href="/groups/${groupId}"]`)).toHaveLength(1);
    expect(await roleOf(groupId, guest)).toBe('member');
    expect(visitor.page.$('form[action="/home/claims"]')).toHaveLength(1);
  });

  it('can be declined on the home page', async () => {
    const { groupId, owner } = await createGroupWithOwner();
    const guest = await createPerson();
    await invite(
      { ...defaults, email: guest.account.email, group: { id: groupId, role: 'member' } },
      owner.actor,
    );
    const visitor = await signInAs(guest);
    await visitor.open('/home');
    await visitor.submit('/home/invitation/decline');
    expect(visitor.page.text).toContain('You’ve declined the invitation');
    expect(await findOpenInvitation(guest.account.email)).toBeNull();
    expect(await roleOf(groupId, guest)).toBeNull();
  });

  it('can be created only by someone who may assign the role', async () => {
    const { groupId } = await createGroupWithOwner();
    const admin = await createMember(groupId, 'admin');
    const plain = await createMember(groupId);
    const attempts = [
      [admin, 'owner'],
      [admin, 'admin'],
      [plain, 'member'],
      [await createPerson(), 'member'],
    ] as const;
    for (const [inviter, role] of attempts) {
      const attempt = invite(
        { ...defaults, email: newAddress(), group: { id: groupId, role } },
        inviter.actor,
      );
      await expect(attempt).rejects.toMatchObject({ status: 403 });
    }
    await archiveGroup(groupId, command);
    const late = invite(
      { ...defaults, email: newAddress(), group: { id: groupId, role: 'member' } },
      command,
    );
    await expect(late).rejects.toMatchObject({ status: 422 });
  });

  it('registers without joining if the inviter may no longer assign the role', async () => {
    const { groupId, owner } = await createGroupWithOwner();
    await createMember(groupId, 'owner');
    const email = newAddress();
    await invite({ ...defaults, email, group: { id: groupId, role: 'admin' } }, owner.actor);
    await changeMemberRole(groupId, owner.membershipId, 'admin', command);
    const visitor = await register(email);
    expect(visitor.page.path).toBe('/home');
    expect(visitor.page.text).toContain('We couldn’t add you to Harbour Chapter');
    expect(await roleOf(groupId, await accountOf(email))).toBeNull();
  });

  it('doesn’t join after the inviter’s account was deleted', async () => {
    const { groupId, owner } = await createGroupWithOwner();
    const email = newAddress();
    await invite({ ...defaults, email, group: { id: groupId, role: 'owner' } }, owner.actor);
    await deleteOwnAccount(owner.account.id, owner.actor);
    await register(email);
    expect(await roleOf(groupId, await accountOf(email))).toBeNull();
  });

  it('can raise a member’s role but never lowers it', async () => {
    const { groupId, owner } = await createGroupWithOwner();
    const plain = await createMember(groupId);
    for (const [member, role] of [
      [plain, 'owner'],
      [owner, 'member'],
    ] as const) {
      await invite({ ...defaults, email: member.account.email, group: { id: groupId, role } }, command);
      const visitor = await signInAs(member);
      await visitor.open('/home');
      await visitor.submit('/home/invitation/acceptance');
      expect(await roleOf(groupId, member)).toBe('owner');
    }
  });
});

describe('an owner’s invitation request', () => {
  it('gets the same response, whether or not the address is known', async () => {
    const { groupId, owner } = await createGroupWithOwner();
    const [known, unknown, alreadyInvited] = [newAddress(), newAddress(), newAddress()];
    await createTestRecord(known);
    await createTestInvitation(alreadyInvited, { staffRole: 'support' });
    await createTestRecord(alreadyInvited);
    const texts = new Set<string>();
    for (const email of [
      known,
      unknown,
      alreadyInvited,
      owner.account.email,
      (await createPerson()).account.email,
    ]) {
      const visitor = await requestInvitation(owner, groupId, { email, role: 'member' });
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

  it('is added to an open invitation from the office', async () => {
    const { groupId, owner } = await createGroupWithOwner();
    const email = newAddress();
    await createTestRecord(email);
    await createTestInvitation(email);
    await requestInvitation(owner, groupId, { email, role: 'member' });
    expect(await outcomes(groupId)).toEqual(['added']);
    expect((await latestMail(email)).text).toContain('join Harbour Chapter');
    const [invitation] = await queryRows(
      'select group_invited_by, invited_by from invitations where email = $1',
      [email],
    );
    expect(invitation).toEqual({ group_invited_by: owner.account.id, invited_by: null });
  });

  it('waits until another group’s invitation is settled', async () => {
    const [first, second] = [await createGroupWithOwner(), await createGroupWithOwner()];
    const guest = await createPerson();
    const { email } = guest.account;
    // Sequentially, because either of two concurrent requests may be processed first.
    await requestInvitation(first.owner, first.groupId, { email, role: 'member' });
    expect(await outcomes(first.groupId)).toEqual(['invited']);
    await requestInvitation(second.owner, second.groupId, { email, role: 'member' });
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

  it('is refused if the person has unsubscribed or the owner was demoted', async () => {
    const { groupId, owner } = await createGroupWithOwner();
    await createMember(groupId, 'owner');
    const email = newAddress();
    await createTestRecord(email);
    const visitor = newVisitor();
    await visitor.open((await createTestInvitation(email)).url);
    await visitor.open('/register/decline');
    await visitor.submit('/register/decline', { reason: 'stop' });
    await requestInvitation(owner, groupId, { email, role: 'member' });
    const other = newAddress();
    await createTestRecord(other);
    await requestInvitation(owner, groupId, { email: other, role: 'member' });
    await changeMemberRole(groupId, owner.membershipId, 'member', command);
    expect(await outcomes(groupId)).toEqual(['refused', 'refused']);
  });

  it('is limited', async () => {
    const { groupId, owner } = await createGroupWithOwner();
    const visitor = await requestInvitation(owner, groupId, { email: newAddress() });
    const attempts = Array.from({ length: 50 }, () =>
      visitor.post(`/groups/${groupId}/invitations`, { email: 'many@example.org' }),
    );
    const statuses = (await Promise.all(attempts)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(1);
  });
});

describe('the database', () => {
  it('contains no group link, only 32-byte hashes of open ones', async () => {
    const { groupId, owner } = await createGroupWithOwner();
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
