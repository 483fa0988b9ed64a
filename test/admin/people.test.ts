import { beforeEach, describe, expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { changeStaffRole, suspendAccount } from '../../src/accounts/administration.ts';
import { Conflict, Forbidden } from '../../src/platform/errors.ts';
import { codeOf, memberWithAuthenticator } from '../accounts/authenticator.ts';
import { queryRows } from '../support/database.ts';
import {
  ageSignIns,
  createTestAccount,
  latestMail,
  newVisitor,
  runJobs,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import { capturedMailsTo } from '../support/mail.ts';
import type { Visitor } from '../support/visitor.ts';

const eventsOf = async (id: string) => {
  const found = await queryRows<{ action: string; actor: string }>(
    `select e.action, a.email as actor from audit_events e join accounts a on a.id = e.actor_account_id
     where e.subject_type = 'account' and e.subject_id = $1 and e.actor_account_id::text <> $1 order by e.id`,
    [id],
  );
  return found.map(({ action, actor }) => `${action} by ${actor}`);
};

async function signedIn(email: string): Promise<Visitor> {
  const visitor = newVisitor();
  await visitor.signIn(email, validPassword);
  return visitor;
}

const path = (id: string, rest = '') => `/admin/people/${id}${rest}`;

beforeEach(async () => {
  await queryRows('delete from rate_limits');
});

describe('list of people', () => {
  it('shows the staff, and finds anyone by part of the address or name', async () => {
    await createTestAccount('kofi.mensah@example.org', null, 'Kofi Mensah');
    const admin = await signInStaff('admin');
    const list = await admin.open('/admin/people');
    expect(list.text).toContain('admin of the office');
    expect(list.text).not.toContain('Kofi Mensah');
    expect((await admin.open('/admin/people?q=MENSAH')).text).toContain('kofi.mensah@example.org');
    expect((await admin.open('/admin/people?q=fi.mens')).text).toContain('Kofi Mensah');
    expect((await admin.open('/admin/people?q=%25')).text).toContain('Nobody matches');
    expect((await admin.open('/admin/people?show=suspended')).text).toContain('Nobody is suspended');
    expect((await admin.open('/admin/people?show=x&after=zz')).status).toBe(200);
    const invite = admin.page.$('a[href^="/admin/invitations/new"]');
    expect(invite.text()).toBe('Invite staff');
    const form = await admin.open(invite.attr('href') ?? '');
    expect(form.$('select[name=staffRole]').val()).toBe('support');
  });

  it('returns 404 for an unknown id', async () => {
    const admin = await signInStaff('admin');
    for (const id of ['0', 'nobody', '99999999999999999999'])
      expect((await admin.open(path(id))).status).toBe(404);
  });
});

describe('changing a role', () => {
  it('takes effect at the next request, ends all sessions, sends a mail and records an event', async () => {
    const person = await createTestAccount('new.staff@example.org');
    const visitor = await signedIn('new.staff@example.org');
    const admin = await signInStaff('admin');
    await admin.open(path(person.id, '/role'));
    const done = await admin.submit(path(person.id, '/role'), { staffRole: 'support' });
    expect(done.text).toContain('was changed');
    expect((await visitor.open('/admin')).path).toMatch(/^\/sign-in\?returnTo=/);
    expect((await latestMail('new.staff@example.org')).subject).toContain('You’re now on the support staff');
    expect(await eventsOf(person.id)).toEqual(['account.role-changed by admin@example.org']);
    const again = await signedIn('new.staff@example.org');
    expect((await again.open('/admin/invitations')).status).toBe(200);
    await queryRows('update accounts set staff_role = null where id = $1', [person.id]);
    expect((await again.open('/admin/invitations')).path).toMatch(/^\/sign-in\?returnTo=/);
  });

  it('refuses the same role and an unknown one', async () => {
    const person = await createTestAccount('same.role@example.org', 'support');
    const admin = await signInStaff('admin');
    await admin.open(path(person.id, '/role'));
    expect((await admin.submit(path(person.id, '/role'), { staffRole: 'support' })).status).toBe(409);
    await admin.open(path(person.id, '/role'));
    const invalid = await admin.submit(path(person.id, '/role'), { staffRole: 'owner' });
    expect(invalid.status).toBe(422);
    expect(invalid.text).toContain('Choose a role');
  });

  it('refuses to change one’s own role or suspend oneself', async () => {
    const admin = await signInStaff('admin');
    const self = await Account.findOne({ where: { email: 'admin@example.org' }, rejectOnEmpty: true });
    const own = await admin.open(path(self.id));
    expect(own.text).toContain('This is you');
    const role = await admin.post(path(self.id, '/role'), { staffRole: 'none' });
    expect(role.status).toBe(409);
    const suspended = await admin.post(path(self.id, '/suspension'), { reason: 'x' });
    expect(suspended.status).toBe(409);
  });

  it('keeps the last administrator, even when two demote each other concurrently', async () => {
    const [first, second] = [
      await createTestAccount('one@example.org', 'admin'),
      await createTestAccount('other@example.org', 'admin'),
    ];
    await queryRows(
      `update accounts set staff_role = 'support' where staff_role = 'admin' and id not in ($1, $2)`,
      [first.id, second.id],
    );
    const actor = (accountId: string) => ({ kind: 'account', accountId, ip: null, requestId: null }) as const;
    const results = await Promise.allSettled([
      changeStaffRole(second.id, null, actor(first.id)),
      changeStaffRole(first.id, null, actor(second.id)),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refusal = results.find((result) => result.status === 'rejected');
    expect(refusal?.reason).toBeInstanceOf(Forbidden);
    const remaining = await queryRows<{ id: string }>(`select id from accounts where staff_role = 'admin'`);
    expect(remaining).toHaveLength(1);
    const last = remaining[0]?.id ?? '';
    await expect(changeStaffRole(last, null, { kind: 'command' })).rejects.toThrow(Conflict);
    await expect(suspendAccount(last, 'x', { kind: 'command' })).rejects.toThrow(Conflict);
    await queryRows(`update accounts set staff_role = 'admin' where email = 'admin@example.org'`);
  });
});

describe('suspension', () => {
  it('ends all access immediately and hides the reason from the person, until it is lifted', async () => {
    const person = await createTestAccount('shut.out@example.org');
    const visitor = await signedIn('shut.out@example.org');
    await visitor.open('/home');
    const forgetful = newVisitor();
    await forgetful.open('/forgot-password');
    await forgetful.submit('/forgot-password', { email: 'shut.out@example.org' });
    await runJobs();
    const admin = await signInStaff('admin');
    await admin.open(path(person.id, '/suspension'));
    const empty = await admin.submit(path(person.id, '/suspension'));
    expect(empty.status).toBe(422);
    const done = await admin.submit(path(person.id, '/suspension'), { reason: 'asked for by phone' });
    expect(done.text).toContain('asked for by phone');
    expect((await visitor.open('/home')).path).toMatch(/^\/sign-in\?returnTo=/);
    expect(
      await queryRows('select 1 from password_resets where used_at is null and account_id = $1', [person.id]),
    ).toHaveLength(0);
    const mail = await latestMail('shut.out@example.org');
    expect(mail.subject).toContain('Your account is suspended');
    expect(mail.text).not.toContain('by phone');
    expect((await signedIn('shut.out@example.org')).page.text).toContain('suspended');
    expect((await admin.open('/admin/people?show=suspended')).text).toContain('shut.out@example.org');
    await admin.open(path(person.id));
    await admin.submit(path(person.id, '/reinstatement'));
    expect((await signedIn('shut.out@example.org')).page.path).toBe('/home');
    expect((await latestMail('shut.out@example.org')).subject).toContain('open again');
    expect(await eventsOf(person.id)).toEqual([
      'account.suspended by admin@example.org',
      'account.reinstated by admin@example.org',
    ]);
  });

  it('ends a sign-in that is waiting for its code', async () => {
    const { email, key } = await memberWithAuthenticator('half.way@example.org');
    const visitor = await signedIn(email);
    const person = await Account.findOne({ where: { email }, rejectOnEmpty: true });
    await suspendAccount(person.id, 'x', { kind: 'command' });
    expect((await visitor.submit('/sign-in', { code: codeOf(key, 1) })).status).toBe(422);
    expect(visitor.page.$('input[name=password]')).toHaveLength(1);
    expect((await visitor.open('/home')).path).toMatch(/^\/sign-in\?returnTo=/);
  });
});

describe('recovering access', () => {
  it('resets two-step sign-in and notifies the person', async () => {
    const { email, visitor } = await memberWithAuthenticator('lost.phone@example.org');
    await runJobs();
    const person = await Account.findOne({ where: { email }, rejectOnEmpty: true });
    const admin = await signInStaff('admin');
    await admin.open(path(person.id, '/two-step-reset'));
    await admin.submit(path(person.id, '/two-step-reset'));
    const remaining = await queryRows(
      `select 1 from two_step_secrets where account_id = $1 union all select 1 from recovery_codes where account_id = $1`,
      [person.id],
    );
    expect(remaining).toHaveLength(0);
    expect((await visitor.open('/home')).path).toMatch(/^\/sign-in\?returnTo=/);
    expect((await signedIn(email)).page.path).toBe('/home');
    expect((await latestMail(email)).subject).toContain('Two-step sign-in was reset');
    await admin.open('/admin/people');
    const again = await admin.post(path(person.id, '/two-step-reset'), {});
    expect(again.status).toBe(409);
  });

  it('sends a password reset link, and signs a person out everywhere', async () => {
    const person = await createTestAccount('helped@example.org');
    const visitor = await signedIn('helped@example.org');
    const admin = await signInStaff('admin');
    await admin.open(path(person.id));
    await admin.submit(path(person.id, '/password-reset'));
    expect((await latestMail('helped@example.org')).links[0]).toContain('/reset-password?token=');
    await admin.submit(path(person.id, '/sign-out-everywhere'));
    expect((await visitor.open('/home')).path).toMatch(/^\/sign-in\?returnTo=/);
    await runJobs();
    const subjects = (await capturedMailsTo('helped@example.org')).map(({ subject }) => subject).join();
    expect(subjects).toContain('You’ve been signed out everywhere');
    expect((await admin.open(path(person.id))).text).toContain('Link to set a new password sent');
  });
});

describe('every change', () => {
  it('asks for the password if the last sign-in is too old', async () => {
    const person = await createTestAccount('careful@example.org');
    const admin = await signInStaff('admin');
    await admin.open(path(person.id));
    await ageSignIns();
    expect((await admin.submit(path(person.id, '/sign-out-everywhere'))).text).toContain(
      'Confirm that it’s you',
    );
    const done = await admin.submit(path(person.id, '/sign-out-everywhere'), {
      currentPassword: validPassword,
    });
    expect(done.text).toContain('was signed out everywhere');
    await ageSignIns();
    expect((await admin.open(path(person.id, '/suspension'))).path).toBe('/account/confirm');
    const confirmed = await admin.submit('/account/confirm', { currentPassword: validPassword });
    expect(confirmed.path).toBe(path(person.id, '/suspension'));
  });
});
