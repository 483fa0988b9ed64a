import { load } from 'cheerio';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { purge } from '../../src/purge.ts';
import { mailTemplates } from '../../src/settings/mails/templates.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { queryRows } from '../support/database.ts';
import {
  ageSignIns,
  createTestAccount,
  createTestRecord,
  latestMail,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';

const SETTINGS = '/admin/settings';

async function openSettings(): Promise<Visitor> {
  const admin = await signInStaff('admin');
  await admin.open(SETTINGS);
  return admin;
}

const lastChangedNames = async () => {
  const [newest] = await queryRows<{ detail: { changed: string[] } }>(
    `select detail from audit_events where action = 'settings.changed' order by id desc limit 1`,
  );
  return newest?.detail.changed.sort();
};

beforeEach(async () => {
  await queryRows('delete from rate_limits');
});
afterEach(async () => {
  await queryRows('delete from settings');
  await queryRows('insert into settings default values returning only_row');
  await readSettings();
});

describe('settings', () => {
  it('are shown and saved, and the audit names the changed ones', async () => {
    const admin = await openSettings();
    expect(admin.page.$('#invitationDays').val()).toBe('7');
    const done = await admin.submit(SETTINGS, {
      organisationName: 'Lakeside Alumni',
      supportEmail: 'Office@LAKESIDE.example',
      supportPhone: '+44 20 7946 0000',
      accentColor: '#7A1F5B',
      mailFooter: 'Lake Road 1\r\nLakeside',
      invitationDays: '14',
      remindDaysBefore: '0',
    });
    expect(done.text).toContain('The settings have been saved');
    expect(done.$('title').text()).toContain('Lakeside Alumni');
    expect(await readSettings()).toMatchObject({
      organisationName: 'Lakeside Alumni',
      supportEmail: 'Office@lakeside.example',
      accentColor: '#7a1f5b',
      mailFooter: 'Lake Road 1\nLakeside',
      invitationDays: 14,
      remindDaysBefore: 0,
      remindDaysAfter: 1,
      policyVersion: 1,
    });
    expect(await lastChangedNames()).toEqual([
      'accentColor',
      'invitationDays',
      'mailFooter',
      'organisationName',
      'remindDaysBefore',
      'supportEmail',
      'supportPhone',
    ]);
    expect((await admin.submit(SETTINGS)).text).toContain('You didn’t change anything');
  });

  it('include a time zone of the list, in which dates are shown', async () => {
    const admin = await openSettings();
    const refused = await admin.submit(SETTINGS, { timeZone: 'Mars/Base' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('Choose a time zone from the list');
    await admin.submit(SETTINGS, { timeZone: 'Asia/Kolkata' });
    expect(admin.page.text).toContain('The settings have been saved');
    expect(admin.page.$('#timeZone').val()).toBe('Asia/Kolkata');
    expect(await lastChangedNames()).toEqual(['timeZone']);
  });

  it('are validated, and the form keeps what was typed', async () => {
    const admin = await openSettings();
    const invalid = await admin.submit(SETTINGS, {
      organisationName: '',
      supportEmail: 'nowhere',
      supportPhone: 'call me',
      accentColor: 'red',
      invitationDays: '91',
      remindDaysBefore: '-1',
      blockedBelowAge: '12',
      mailGreeting: 'Dear {frist},',
      mailGreetingNameless: 'Dear {name},',
      mailFooter: 'kept',
    });
    expect(invalid.status).toBe(422);
    const errors = invalid
      .$('.error-summary li')
      .get()
      .map((item) => invalid.$(item).text());
    expect(errors).toHaveLength(9);
    expect(errors.join()).toContain('Remove {frist}. You can use {name} and {organisation}');
    expect(errors.join()).toContain('Remove {name}. You can use {organisation}');
    expect(errors.join()).toContain('from 13 to 21');
    expect(invalid.$('#mailFooter').text().trim()).toBe('kept');
    expect((await readSettings()).mailFooter).toBe('');
  });

  it('need a confirmation if new age limits affect members', async () => {
    const owner = await createTestAccount('owner@example.org');
    const recordId = await createTestRecord('owner@example.org', {
      yearOfBirth: new Date().getUTCFullYear() - 17,
    });
    await queryRows(
      `insert into profiles (account_id, alumni_member_id, relationship, policy_version) values ($1, $2, 'self', 1) returning id`,
      [owner.id, recordId],
    );
    const admin = await openSettings();
    const asked = await admin.submit(SETTINGS, { fullAccessFromAge: '16' });
    expect(asked.status).toBe(422);
    expect(asked.text).toContain('These ages change the access of 1 member');
    expect((await readSettings()).fullAccessFromAge).toBe(18);
    const done = await admin.submit(SETTINGS, { agesConfirmed: 'yes' });
    expect(done.text).toContain('The settings have been saved');
    expect(await readSettings()).toMatchObject({ fullAccessFromAge: 16, policyVersion: 2 });
    const wrong = await admin.submit(SETTINGS, { blockedBelowAge: '18', fullAccessFromAge: '17' });
    expect(wrong.text).toContain('Enter the minimum age or a higher age');
  });

  it('are not overwritten by a second administrator without a warning', async () => {
    const [first, second] = [await openSettings(), await openSettings()];
    await first.submit(SETTINGS, { mailFooter: 'of the first' });
    const late = await second.submit(SETTINGS, { mailFooter: 'of the second' });
    expect(late.status).toBe(422);
    expect(late.text).toContain('Someone else has saved the settings');
    expect((await readSettings()).mailFooter).toBe('of the first');
    expect((await second.submit(SETTINGS)).text).toContain('The settings have been saved');
    expect((await readSettings()).mailFooter).toBe('of the second');
  });

  it('can’t require two-step sign-in while the administrator doesn’t use it', async () => {
    const admin = await openSettings();
    const refused = await admin.submit(SETTINGS, { twoStepForStaff: 'yes' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('for your own account first');
    expect((await readSettings()).twoStepForStaff).toBe(false);
  });

  it('can’t be changed without a recent sign-in', async () => {
    const admin = await openSettings();
    await ageSignIns();
    const asked = await admin.submit(SETTINGS, { organisationName: 'Lakeside', mailFooter: 'two\nlines' });
    expect(asked.text).toContain('Confirm that it’s you');
    await admin.submit(SETTINGS, { currentPassword: validPassword });
    expect(await readSettings()).toMatchObject({ organisationName: 'Lakeside', mailFooter: 'two\nlines' });
  });
});

describe('the invitation mail', () => {
  const INVITATION = `${SETTINGS}/mails/invitation`;
  const frameText = async (admin: Visitor) => {
    const { text } = await admin.agent.get(`${INVITATION}/html`);
    return load(text)('body').text().replace(/\s+/g, ' ');
  };

  it('is reworded and shown on the same page, and the audit names what changed', async () => {
    const admin = await signInStaff('admin');
    const page = await admin.open(INVITATION);
    expect(page.$('#invitationSubject').val()).toBe('Your invitation to {organisation}');
    expect(page.$('#invitationClosing').text().trim()).toBe('With best wishes,');
    expect(await frameText(admin)).toContain(
      'Ada Office has invited you to register with Alumni Association',
    );
    const done = await admin.submit(INVITATION, {
      invitationSubject: 'Come home to {organisation}',
      invitationIntro: '{inviter} misses you, {name}.\r\n\r\n{organisation} turns 50!',
      invitationClosing: 'See you soon,',
    });
    expect(done.text).toContain('The invitation has been saved');
    expect(done.path).toBe(INVITATION);
    expect(done.text).toContain('Subject: Come home to Alumni Association');
    expect(done.$('pre').text()).toContain(
      'Hello Amma,\n\nAda Office misses you, Amma.\n\nAlumni Association turns 50!\n\n',
    );
    expect(await frameText(admin)).toContain('Ada Office misses you, Amma. Alumni Association turns 50!');
    expect(await frameText(admin)).toContain('See you soon, Ada Office Alumni Association');
    expect(await frameText(admin)).not.toContain('has invited you');
    expect(await lastChangedNames()).toEqual(['invitationClosing', 'invitationIntro', 'invitationSubject']);
    expect((await admin.submit(INVITATION)).text).toContain('You didn’t change anything');
  });

  it('keeps our own texts in every language unless they are changed', async () => {
    const admin = await signInStaff('admin');
    await admin.open(INVITATION);
    await admin.submit(INVITATION, { invitationIntro: 'Come home.' });
    expect(await readSettings()).toMatchObject({
      invitationSubject: null,
      invitationIntro: 'Come home.',
      invitationClosing: null,
    });
    await admin.submit(INVITATION, { invitationIntro: '' });
    expect(await readSettings()).toMatchObject({ invitationIntro: null });
  });

  it('refuses unknown placeholders and empty texts, and keeps what was typed', async () => {
    const admin = await signInStaff('admin');
    await admin.open(INVITATION);
    const invalid = await admin.submit(INVITATION, {
      invitationSubject: 'Come {organisation',
      invitationIntro: 'Dear {frist},',
      invitationClosing: '',
    });
    expect(invalid.status).toBe(422);
    const errors = invalid.$('.error-summary li').text();
    expect(errors).toContain('Check the curly brackets');
    expect(errors).toContain('Remove {frist}. You can use {name}, {inviter} and {organisation}');
    expect(errors).toContain('Enter a text');
    expect(invalid.$('#invitationIntro').text().trim()).toBe('Dear {frist},');
  });

  it('isn’t overwritten by a second administrator without a warning, or changed without a recent sign-in', async () => {
    const [first, second] = [await signInStaff('admin'), await signInStaff('admin')];
    await first.open(INVITATION);
    await second.open(INVITATION);
    await first.submit(INVITATION, { invitationIntro: 'of the first' });
    const late = await second.submit(INVITATION, { invitationIntro: 'of the second' });
    expect(late.status).toBe(422);
    expect(late.text).toContain('Someone else has saved the settings');
    expect((await readSettings()).invitationIntro).toBe('of the first');
    await ageSignIns();
    expect((await second.submit(INVITATION)).text).toContain('Confirm that it’s you');
    await second.submit(INVITATION, { currentPassword: validPassword });
    expect((await readSettings()).invitationIntro).toBe('of the second');
  });
});

describe('mail previews and test mails', () => {
  it('shows each template in a sandboxed frame', async () => {
    const admin = await signInStaff('admin');
    const list = await admin.open(`${SETTINGS}/mails`);
    expect(list.$('main li a')).toHaveLength(mailTemplates.length);
    const page = await admin.open(`${SETTINGS}/mails/invitation`);
    expect(page.text).toContain('Your invitation to Alumni Association');
    const frame = await admin.agent.get(page.$('iframe').attr('src') ?? '');
    expect(frame.headers['content-security-policy']).toContain("default-src 'none'");
    expect(frame.headers['content-security-policy']).toContain("img-src 'self' data:");
    for (const name of ['nothing', '__proto__', 'constructor'])
      expect((await admin.open(`${SETTINGS}/mails/${name}`)).status).toBe(404);
  });

  it('sends a test mail to the administrator', async () => {
    const admin = await openSettings();
    const done = await admin.submit(`${SETTINGS}/test-mails`);
    expect(done.text).toContain('A test e-mail has been sent to admin@example.org');
    const mail = await latestMail('admin@example.org');
    expect(mail.subject).toBe('A test e-mail from Alumni Association');
    expect(mail.text).toMatch(/^Hello admin of the office,/);
  });
});

describe('how long data is kept', () => {
  const path = '/admin/settings/retention';

  it('can be changed within bounds, which is recorded', async () => {
    const admin = await signInStaff('admin');
    await admin.open(path);
    expect((await admin.submit(path, { retainIpsDays: '29' })).status).toBe(422);
    expect((await admin.submit(path, { retainIpsDays: '3651' })).status).toBe(422);
    await admin.open(path);
    expect((await admin.submit(path, { retainIpsDays: '90' })).text).toContain('saved');
    expect((await readSettings()).retainIpsDays).toBe(90);
    expect(await lastChangedNames()).toEqual(['retainIpsDays']);
  });

  it('lists people who have not signed in for so long, and deletes nobody', async () => {
    const { id } = await createTestAccount('absent@example.org', null, 'Absent Amma');
    await queryRows(`update accounts set created_at = now() - interval '4 years' where id = $1`, [id]);
    await purge();
    const admin = await signInStaff('admin');
    const page = await admin.open('/admin/people?show=inactive');
    expect(page.text).toContain('Absent Amma');
    expect(page.$('main tbody tr')).toHaveLength(1);
  });
});
