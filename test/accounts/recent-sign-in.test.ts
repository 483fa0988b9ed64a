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

describe('dangerous action', () => {
  it('needs no confirmation after a recent sign-in', async () => {
    const admin = await signInStaff('admin');
    await admin.open(FORM);
    expect((await admin.submit(FORM, { body })).text).toContain('Guardians now read version');
  });

  it('asks for the password after ten minutes and keeps the form values', async () => {
    const admin = await idleAdmin();
    const before = await versions();
    const confirmPage = await admin.submit(FORM, { body });
    expect(confirmPage.status).toBe(403);
    expect(confirmPage.text).toContain('Confirm that it’s you');
    expect(await versions()).toBe(before);
    const wrong = await admin.submit(FORM, { currentPassword: 'not this one at all' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('This isn’t your password');
    const old = await sessionIds();
    const response = await admin.submit(FORM, { currentPassword: validPassword });
    expect(response.text).toContain('Guardians now read version');
    const [newest] = await queryRows('select body from disclosures order by version desc limit 1');
    expect(newest).toEqual({ body: body.trim() });
    expect((await sessionIds()).filter((sid) => !old.includes(sid))).toHaveLength(1);
  });

  it('leaves forms in other windows usable', async () => {
    const admin = await idleAdmin();
    await admin.submit(FORM, { body });
    await admin.submit(FORM, { currentPassword: validPassword });
    expect((await admin.post(FORM, { body })).status).toBe(303);
  });

  it('asks again after another ten minutes, not earlier', async () => {
    const admin = await idleAdmin();
    await admin.submit(FORM, { body });
    await admin.submit(FORM, { currentPassword: validPassword });
    await admin.open(FORM);
    expect((await admin.submit(FORM, { body })).path).toBe(FORM);
    await ageSignIns();
    expect((await admin.submit(FORM, { body })).status).toBe(403);
  });

  it('keeps passwords out of the page, and all form values out of sessions', async () => {
    const admin = await idleAdmin();
    const fields = { body, currentPassword: 'wrong', password: 'typed-secret', again: 'kept' };
    const confirmPage = await admin.submit(FORM, fields);
    expect(confirmPage.html).not.toContain('typed-secret');
    expect(confirmPage.$('input[name=again]').val()).toBe('kept');
    const sessions = JSON.stringify(await queryRows('select sess from sessions'));
    expect(sessions).not.toContain('All about it');
    expect(sessions).not.toContain('typed-secret');
  });

  it('includes inviting staff, but not inviting members', async () => {
    const admin = await signInStaff('admin');
    await admin.open('/admin/invitations/new');
    await ageSignIns();
    const invite = { email: 'new.colleague@example.org', message: 'Welcome, colleague' };
    const confirmPage = await admin.submit('/admin/invitations', { ...invite, staffRole: 'admin' });
    expect(confirmPage.text).toContain('Confirm that it’s you');
    const response = await admin.submit('/admin/invitations', { currentPassword: validPassword });
    expect(response.text).toContain('You’ve invited new.colleague@example.org');
    expect(response.text).toContain('Welcome, colleague');
    await admin.open('/admin/invitations/new');
    await ageSignIns();
    const member = await admin.submit('/admin/invitations', { email: 'new.member@example.org' });
    expect(member.text).toContain('You’ve invited new.member@example.org');
  });

  it('limits attempts to guess the password', async () => {
    const admin = await idleAdmin();
    await admin.submit(FORM, { body });
    for (let tries = 0; tries < 10; tries += 1)
      expect((await admin.submit(FORM, { currentPassword: 'wrong' })).status).toBe(422);
    const fields = { body, currentPassword: validPassword };
    expect((await admin.post(FORM, fields)).status).toBe(429);
  });

  it('stays forbidden without the right role, even with the password', async () => {
    const support = await signInStaff('support');
    await support.open(FORM);
    await ageSignIns();
    const fields = { body, currentPassword: validPassword };
    const before = await versions();
    expect((await support.post(FORM, fields)).status).toBe(403);
    expect(await versions()).toBe(before);
  });
});

describe('confirmation page', () => {
  it('asks for a code too if two-step sign-in is on', async () => {
    const { visitor, key } = await memberWithAuthenticator('phone@example.org');
    await resetTimeSteps();
    const confirmPage = await visitor.open('/account/confirm');
    expect(confirmPage.$('input[name=code]')).toHaveLength(1);
    const without = await visitor.submit('/account/confirm', { currentPassword: validPassword, code: '' });
    expect(without.status).toBe(422);
    const fields = { currentPassword: validPassword, code: codeOf(key, 1) };
    expect((await visitor.submit('/account/confirm', fields)).path).toBe('/account');
  });

  it('requires signing in and accepts only one’s own password', async () => {
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
