import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { listInviteesAfter } from '../../src/imports/kinds/invitees.ts';
import { closeDatabase } from '../../src/platform/db/database.ts';
import { t } from '../../src/platform/i18n/i18n.ts';
import { runInLanguage } from '../../src/platform/i18n/languages.ts';
import { readSettings, saveSettings } from '../../src/settings/settings.ts';
import { changeSettings as changeCampaign, createDraft, sendAndRun } from '../campaigns/campaign.ts';
import { idOf, importRecordFile, statusesByLine, uploadAndCheck } from '../imports/uploads.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  expireInvitation,
  latestMail,
  linkInMail,
  newVisitor,
  registerMinor,
  signInStaff,
  uniqueAddress,
  validPassword,
} from '../support/fixtures.ts';
import type { VisitedPage, Visitor } from '../support/visitor.ts';

afterEach(async () => {
  await changeSettings({ defaultLanguage: 'en', timeZone: 'UTC' });
});
afterAll(closeDatabase);

async function changeSettings(changed: { defaultLanguage?: string; timeZone?: string }): Promise<void> {
  await saveSettings({ ...(await readSettings()), ...changed });
  await readSettings();
}

const languageOf = ({ $ }: Pick<VisitedPage, '$'>) => $('html').attr('lang');

/** A visitor whose browser prefers a language. */
function visitorWho(prefers: string): Visitor {
  const visitor = newVisitor();
  visitor.agent.set('Accept-Language', prefers);
  return visitor;
}

function setRecordLanguage(email: string, language: string): Promise<unknown> {
  return queryRows('update alumni_members set language = $2 where email = $1', [email, language]);
}

describe('the language of a page', () => {
  it('is one that the browser prefers and we have', async () => {
    expect(languageOf(await visitorWho('sv, ar-XB;q=0.8, en;q=0.5').open('/sign-in'))).toBe('ar-XB');
    expect(languageOf(await visitorWho('en-GB').open('/sign-in'))).toBe('en');
  });

  it('is the office’s default if we have none that the browser prefers', async () => {
    await changeSettings({ defaultLanguage: 'en-XA' });
    expect(languageOf(await visitorWho('sv').open('/sign-in'))).toBe('en-XA');
    expect(languageOf(await newVisitor().open('/sign-in'))).toBe('en-XA');
    expect(languageOf(await newVisitor().open('/no-such-page'))).toBe('en-XA');
  });

  it('can be chosen at the foot of the page, which is then shown again', async () => {
    const visitor = visitorWho('en');
    await visitor.open('/register/new-link?reason=lost');
    const page = await visitor.submit('/language', { language: 'ar-XB' });
    expect(page.path).toBe('/register/new-link?reason=lost');
    expect(languageOf(page)).toBe('ar-XB');
    expect(page.$('html').attr('dir')).toBe('rtl');
    expect(languageOf(await visitor.open('/'))).toBe('ar-XB');
  });

  it('stays as it is if the chosen one is unknown', async () => {
    const visitor = newVisitor();
    await visitor.open('/sign-in');
    for (const language of ['xx', '', '../../etc', 'en\r\nSet-Cookie: a=b', 'x'.repeat(10_000)]) {
      const page = await visitor.submit('/language', { language, returnTo: 'https://evil.example/' });
      expect([page.status, page.path, languageOf(page)]).toEqual([200, '/sign-in', 'en']);
      await visitor.open('/sign-in');
    }
  });

  it('of an expired link can be chosen too, without repeating the link in the page', async () => {
    const { url, invitation } = await createTestInvitation(uniqueAddress());
    await expireInvitation(invitation.id);
    const token = new URL(url).searchParams.get('token') ?? 'none';
    for (const link of [url, `/invite/${token}`]) {
      const visitor = newVisitor();
      await visitor.open(link);
      expect(visitor.fieldsOf('/language')).toEqual({ returnTo: '' });
      const page = await visitor.submit('/language', { language: 'ar-XB' });
      expect([page.status, languageOf(page)]).toEqual([410, 'ar-XB']);
    }
  });

  it('of an account is its own choice, in every browser', async () => {
    const email = uniqueAddress();
    await createTestAccount(email);
    const visitor = visitorWho('en');
    await visitor.signIn(email, validPassword);
    await visitor.open('/account');
    await visitor.submit('/language', { language: 'en-XA' });
    const elsewhere = visitorWho('ar-XB');
    expect(languageOf(await elsewhere.open('/sign-in'))).toBe('ar-XB');
    await elsewhere.signIn(email, validPassword);
    expect(languageOf(await elsewhere.open('/account'))).toBe('en-XA');
  });

  it('of an invitation is that of the record, else that of the invitation, else the browser’s', async () => {
    const email = uniqueAddress();
    const { url } = await createTestInvitation(email, { language: 'ar-XB' });
    expect(languageOf(await visitorWho('en').open(url))).toBe('ar-XB');
    await createTestRecord(email);
    await setRecordLanguage(email, 'en-XA');
    expect(languageOf(await visitorWho('en').open(url))).toBe('en-XA');
    const other = await createTestInvitation(uniqueAddress());
    expect(languageOf(await visitorWho('ar-XB').open(other.url))).toBe('ar-XB');
  });

  it('of a guardian’s page and of a reset is that of their mail', async () => {
    const email = uniqueAddress();
    await createTestAccount(email);
    await queryRows(`update accounts set language = 'ar-XB' where email = $1`, [email]);
    const visitor = visitorWho('en');
    await visitor.open('/forgot-password');
    await visitor.submit('/forgot-password', { email });
    expect(languageOf(await visitor.open(linkInMail(await latestMail(email))))).toBe('ar-XB');
    expect(languageOf(await visitor.submit('/reset-password', { password: 'short' }))).toBe('ar-XB');

    const young = uniqueAddress();
    await registerMinor(young);
    await queryRows(`update accounts set language = 'en-XA' where email = $1`, [young]);
    expect(languageOf(await visitorWho('en').open(linkInMail(await latestMail('gita@example.org'))))).toBe(
      'en-XA',
    );
  });

  it('of an invitation is the one chosen in this browser', async () => {
    const { url } = await createTestInvitation(uniqueAddress(), { language: 'ar-XB' });
    const visitor = newVisitor();
    await visitor.open(url);
    expect(languageOf(await visitor.submit('/language', { language: 'en' }))).toBe('en');
    expect(languageOf(await visitor.open('/register'))).toBe('en');
    await visitor.submit('/register', { name: 'Amma Owusu', password: validPassword });
    expect(languageOf(visitor.page)).toBe('en');
  });

  it('is never another request’s', async () => {
    const [english, long, arabic] = ['en', 'en-XA', 'ar-XB'].map(visitorWho) as [Visitor, Visitor, Visitor];
    const round = async () =>
      Promise.all(
        [english, long, arabic].flatMap((visitor) => [visitor.open('/sign-in'), visitor.open('/')]),
      );
    for (let turn = 0; turn < 20; turn += 1)
      expect((await round()).map(languageOf)).toEqual(['en', 'en', 'en-XA', 'en-XA', 'ar-XB', 'ar-XB']);
    const form = async (visitor: Visitor) => visitor.postAndFollow('/sign-in', { email: 'x', password: '' });
    for (let turn = 0; turn < 10; turn += 1)
      expect((await Promise.all([form(english), form(long), form(arabic)])).map(languageOf)).toEqual([
        'en',
        'en-XA',
        'ar-XB',
      ]);
  });

  it('is kept while a file is uploaded', async () => {
    const admin = await signInStaff('admin');
    await admin.open('/admin/imports/new');
    await admin.submit('/language', { language: 'en-XA' });
    await admin.open('/admin/imports/new');
    expect(languageOf(await admin.upload('/admin/imports', ''))).toBe('en-XA');
    await queryRows(`update accounts set language = null where staff_role = 'admin'`);
  });
});

describe('the language of a mail', () => {
  it('is the person’s, with a Content-Language', async () => {
    const email = uniqueAddress();
    await createTestInvitation(email, { language: 'ar-XB' });
    const mail = await latestMail(email);
    expect(mail.html).toContain('<html lang="ar-XB" dir="rtl">');
    expect(mail.subject).toBe(
      runInLanguage('ar-XB', () => t('settings:wording.invitationSubject')).replace(
        '{organisation}',
        'Alumni Association',
      ),
    );
  });

  it('is the one in which the person registered', async () => {
    const email = uniqueAddress();
    const { url } = await createTestInvitation(email);
    const visitor = visitorWho('en-XA');
    await visitor.open(url);
    await visitor.submit('/register', { name: 'Amma Owusu', password: validPassword });
    expect((await latestMail(email)).html).toContain('<html lang="en-XA"');
  });

  it('is that of the young person for a guardian of whom only the address is known', async () => {
    const email = uniqueAddress();
    const recordId = await createTestRecord(email, { yearOfBirth: new Date().getUTCFullYear() - 16 });
    await setRecordLanguage(email, 'en-XA');
    const minor = newVisitor();
    await minor.open((await createTestInvitation(email)).url);
    const guardianEmail = uniqueAddress();
    await minor.submit('/register', {
      name: 'Young Amma',
      password: validPassword,
      [`records[${recordId}]`]: 'self',
      guardianName: 'Gita Guardian',
      guardianEmail,
    });
    expect((await latestMail(guardianEmail)).html).toContain('<html lang="en-XA"');
  });

  it('is the office’s default for everyone else', async () => {
    await changeSettings({ defaultLanguage: 'en-XA' });
    const email = uniqueAddress();
    await createTestInvitation(email);
    expect((await latestMail(email)).html).toContain('<html lang="en-XA"');
  });

  it('of a campaign is that of the row, else the campaign’s', async () => {
    const admin = await signInStaff('admin');
    const [first, second] = [uniqueAddress(), uniqueAddress()];
    await createDraft(admin, [{ email: first, language: 'en-XA' }, { email: second }]);
    await changeCampaign(admin, { language: 'ar-XB' });
    await sendAndRun(admin);
    expect((await latestMail(first)).html).toContain('<html lang="en-XA"');
    expect((await latestMail(second)).html).toContain('<html lang="ar-XB"');
  });
});

describe('a file', () => {
  it('names the languages of records, as tags or in English, and exports them', async () => {
    const admin = await signInStaff('admin');
    const page = await importRecordFile(
      admin,
      'id,last name,language\nL1,Owusu,EN-xa\nL2,Mensah,English\nL3,Boateng,en-GB\nL4,Asante,\nL5,Addo,Klingon\n',
    );
    expect(await statusesByLine(page)).toEqual({ 2: 'new', 3: 'new', 4: 'new', 5: 'new', 6: 'invalid' });
    const stored = await queryRows(
      `select external_id as id, language from alumni_members where external_id ~ '^L[1-5]$' order by 1`,
    );
    expect(stored).toEqual([
      { id: 'L1', language: 'en-XA' },
      { id: 'L2', language: 'en' },
      { id: 'L3', language: 'en' },
      { id: 'L4', language: null },
    ]);
    const csv = await admin.post('/admin/alumni/exports', { q: 'Owusu' });
    expect(csv.text).toMatch(/^L1,.*,en-XA,/m);
  });

  it('names the languages of people to invite', async () => {
    const page = await uploadAndCheck(
      await signInStaff('admin'),
      'invitees',
      'email,Sprache\na@languages.example.org,en-XA\nb@languages.example.org,\nc@languages.example.org,Klingon\n',
    );
    expect(await statusesByLine(page)).toEqual({ 2: 'ok', 3: 'ok', 4: 'invalid' });
    const [invited] = await listInviteesAfter(idOf(page), 0, 1);
    expect(invited?.language).toBe('en-XA');
  });
});

describe('dates', () => {
  it('are shown in the office’s time zone, without naming it', async () => {
    await changeSettings({ timeZone: 'Pacific/Auckland' });
    const { url, invitation } = await createTestInvitation(uniqueAddress());
    await queryRows(`update invitations set expires_at = '2099-12-31T11:30:00Z' where id = $1`, [
      invitation.id,
    ]);
    const page = await newVisitor().open(url);
    expect(page.text).toMatch(/1 January 2100/);
    expect(page.text).not.toContain('UTC');
  });
});
