import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { queryRows } from '../support/database.ts';
import {
  ageSignIns,
  createTestAccount,
  newVisitor,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';
import { codeOf, memberWithAuthenticator, resetTimeSteps } from './authenticator.ts';

const FORM = '/admin/consents/disclosures';
const body = `What guardians read: "quotes" & <tags>,\nin two lines. ${'All about it. '.repeat(10)}`;

const versions = async () => (await queryRows('select version from disclosures')).length;
const sessionIds = async () =>
  (await queryRows<{ sid: string }>('select sid from sessions')).map(({ sid }) => sid);

/** An administrator who signed in an hour ago and has the form open. */
async function idleAdmin(): Promise<Visitor> {
  const admin = await signInStaff('admin');
  await admin.open(FORM);
  await ageSignIns();
  return admin;
}

beforeEach(async () => {
  await queryRows('delete from rate_limits');
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a dangerous act', () => {
  it('is done at once by whoever has just signed in', async () => {
    const admin = await signInStaff('admin');
    await admin.open(FORM);
    expect((await admin.submit(FORM, { body })).text).toContain('Guardians now read version');
  });

  it('asks for the password when that was more than ten minutes ago, and loses nothing that was typed', async () => {
    const admin = await idleAdmin();
    const before = await versions();
    const asked = await admin.submit(FORM, { body });
    expect(asked.status).toBe(403);
    expect(asked.text).toContain('Confirm that it is you');
    expect(await versions()).toBe(before);
    const wrong = await admin.submit(FORM, { currentPassword: 'not this one at all' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('This is not your password');
    const old = await sessionIds();
    const done = await admin.submit(FORM, { currentPassword: validPassword });
    expect(done.text).toContain('Guardians now read version');
    const [newest] = await queryRows('select body from disclosures order by version desc limit 1');
    expect(newest).toEqual({ body: body.trim() });
    expect((await sessionIds()).filter((sid) => !old.includes(sid))).toHaveLength(1);
  });

  it('leaves forms that are open in other windows as good as they were', async () => {
    const admin = await idleAdmin();
    await admin.submit(FORM, { body });
    await admin.submit(FORM, { currentPassword: validPassword });
    expect((await admin.post(FORM, { body })).status).toBe(303);
  });

  it('asks again after another ten minutes, and not before', async () => {
    const admin = await idleAdmin();
    await admin.submit(FORM, { body });
    await admin.submit(FORM, { currentPassword: validPassword });
    await admin.open(FORM);
    expect((await admin.submit(FORM, { body })).path).toBe(FORM);
    await ageSignIns();
    expect((await admin.submit(FORM, { body })).status).toBe(403);
  });

  it('keeps no password that a form holds, and neither password nor text in any session', async () => {
    const admin = await idleAdmin();
    const fields = { body, currentPassword: 'wrong', password: 'typed-secret', again: 'kept' };
    const asked = await admin.submit(FORM, fields);
    expect(asked.html).not.toContain('typed-secret');
    expect(asked.$('input[name=again]').val()).toBe('kept');
    const kept = JSON.stringify(await queryRows('select sess from sessions'));
    expect(kept).not.toContain('All about it');
    expect(kept).not.toContain('typed-secret');
  });

  it('is inviting somebody to the staff, and not inviting a member', async () => {
    const admin = await signInStaff('admin');
    await admin.open('/admin/invitations/new');
    await ageSignIns();
    const invite = { email: 'new.colleague@example.org', message: 'Welcome, colleague' };
    const asked = await admin.submit('/admin/invitations', { ...invite, staffRole: 'admin' });
    expect(asked.text).toContain('Confirm that it is you');
    const done = await admin.submit('/admin/invitations', { currentPassword: validPassword });
    expect(done.text).toContain('new.colleague@example.org is invited');
    expect(done.text).toContain('Welcome, colleague');
    await admin.open('/admin/invitations/new');
    await ageSignIns();
    const member = await admin.submit('/admin/invitations', { email: 'new.member@example.org' });
    expect(member.text).toContain('new.member@example.org is invited');
  });

  it('stops guessing the password, like signing in does', async () => {
    const admin = await idleAdmin();
    await admin.submit(FORM, { body });
    for (let tries = 0; tries < 10; tries += 1)
      expect((await admin.submit(FORM, { currentPassword: 'wrong' })).status).toBe(422);
    const fields = { body, currentPassword: validPassword };
    expect((await admin.post(FORM, fields)).status).toBe(429);
  });

  it('is still refused to those who may not do it, confirmed or not', async () => {
    const support = await signInStaff('support');
    await support.open(FORM);
    await ageSignIns();
    const fields = { body, currentPassword: validPassword };
    const before = await versions();
    expect((await support.post(FORM, fields)).status).toBe(403);
    expect(await versions()).toBe(before);
  });
});

describe('the page that asks', () => {
  it('wants a code too where two-step sign-in is on', async () => {
    const { visitor, key } = await memberWithAuthenticator('phone@example.org');
    await resetTimeSteps();
    const asked = await visitor.open('/account/confirm');
    expect(asked.$('input[name=code]')).toHaveLength(1);
    const without = await visitor.submit('/account/confirm', { currentPassword: validPassword, code: '' });
    expect(without.status).toBe(422);
    const fields = { currentPassword: validPassword, code: codeOf(key, 1) };
    expect((await visitor.submit('/account/confirm', fields)).path).toBe('/account');
  });

  it('is for people who are signed in, and knows one password only: their own', async () => {
    await createTestAccount('plain@example.org');
    const visitor = newVisitor();
    expect((await visitor.open('/account/confirm')).path).toMatch(/^\/sign-in\?returnTo=/);
    await visitor.signIn('plain@example.org', validPassword);
    await visitor.open('/account/confirm');
    expect(visitor.page.$('input[name=code]')).toHaveLength(0);
    const wrong = await visitor.submit('/account/confirm', { currentPassword: 'another' });
    expect(wrong.status).toBe(422);
  });
});
