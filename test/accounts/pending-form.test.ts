import { load } from 'cheerio';
import { beforeEach, describe, expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { config } from '../../src/platform/config/config.ts';
import { createTestGroup } from '../groups/group-fixtures.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  ageSignIns,
  createTestAccount,
  newVisitor,
  signInStaff,
  uniqueAddress,
  validPassword,
} from '../support/fixtures.ts';
import type { VisitedPage, Visitor } from '../support/visitor.ts';
import { codeOf, memberWithAuthenticator, resetTimeSteps } from './authenticator.ts';
import {
  adminCredentials,
  credentials,
  endSessions,
  inAnotherTab,
  RESTORED_NOTICE,
} from './pending-form-fixtures.ts';

const SIGN_IN_NOTICE =
  'You were signed out before this was sent. Sign in, and your form will be as you left it.';
const OTHER_ACCOUNT_NOTICE =
  'The form you left was filled in with another account, so we can’t show it here.';
const script = '</textarea>"><script>alert(1)</script>';

type Fields = Record<string, string | string[]>;

beforeEach(() => queryRows('delete from rate_limits'));

const invitationOf = (email: string) =>
  queryRow<{ message: string }>('select message from invitations where email = $1', [email]);

/** An administrator who submitted the invitation form without a session and got the sign-in page. */
async function signedOutWhileInviting(fields: Fields): Promise<Visitor> {
  const admin = await signInStaff('admin');
  await admin.open('/admin/invitations/new');
  await endSessions();
  expect((await admin.submit('/admin/invitations', fields)).status).toBe(401);
  return admin;
}

/** Signs in on a page with a pending form, with parts of that form changed by hand. */
function signInWithChangedForm(visitor: Visitor, changes: Record<string, unknown>): Promise<VisitedPage> {
  const pending = JSON.parse(String(visitor.page.$('input[name=pendingForm]').val()));
  return visitor.submit('/sign-in', {
    ...adminCredentials,
    pendingForm: JSON.stringify({ ...pending, ...changes }),
  });
}

/** The page's HTML without the values of its fields. */
function markupOf({ html }: VisitedPage): string {
  const $ = load(html);
  $('input, textarea').removeAttr('value').text('');
  return $.html();
}

describe('form sent after its session has ended', () => {
  const endings: [string, (visitor: Visitor) => Promise<unknown>][] = [
    ['session deleted', endSessions],
    ['session expired', () => queryRows(`update sessions set expire = now() - interval '1 minute'`)],
    ['signed out in another tab', (visitor) => inAnotherTab(visitor, (tab) => tab.submit('/sign-out'))],
    [
      'password changed',
      () => Account.update({ passwordChangedAt: new Date() }, { where: { email: 'admin@example.org' } }),
    ],
  ];

  it.each(endings)('comes back filled in after signing in: %s', async (_how, end) => {
    const email = uniqueAddress();
    const admin = await signInStaff('admin');
    await admin.open('/admin/invitations/new');
    await end(admin);
    const signInPage = await admin.submit('/admin/invitations', { email, message: 'See you in May' });
    expect(signInPage.status).toBe(401);
    expect(signInPage.text).toContain(SIGN_IN_NOTICE);
    const back = await admin.submit('/sign-in', adminCredentials);
    expect([back.status, back.path]).toEqual([200, '/admin/invitations/new']);
    expect(back.text).toContain(RESTORED_NOTICE);
    expect(await invitationOf(email)).toBeNull();
    await admin.submit('/admin/invitations');
    expect(await invitationOf(email)).toEqual({ message: 'See you in May' });
  });

  it('comes back with every kind of field', async () => {
    const groupId = await createTestGroup();
    const fields = {
      ...{ email: uniqueAddress(), message: 'First line\r\n\r\n  Fourth “line” ✓', validityDays: '33' },
      ...{ delivery: 'link', groupId, groupRole: 'owner', staffRole: 'support', notifyInviter: 'yes' },
    };
    const admin = await signedOutWhileInviting(fields);
    await admin.submit('/sign-in', adminCredentials);
    expect(admin.fieldsOf('/admin/invitations')).toMatchObject(fields);
    expect(admin.page.$('details[open]').text()).toContain('How many days the link is valid');
  });

  it('comes back only once', async () => {
    const admin = await signedOutWhileInviting({ email: 'once@example.org' });
    expect((await admin.submit('/sign-in', adminCredentials)).html).toContain('once@example.org');
    const again = await admin.open('/admin/invitations/new');
    expect(again.html).not.toContain('once@example.org');
    expect(again.text).not.toContain(RESTORED_NOTICE);
  });

  it('is kept for an hour until its page is opened', async () => {
    const admin = await signedOutWhileInviting({ email: 'late@example.org' });
    const pendingForm = String(admin.page.$('input[name=pendingForm]').val());
    const { headers } = await admin.post('/sign-in', { ...adminCredentials, pendingForm });
    expect(headers.location).toBe('/admin/invitations/new');
    await admin.open('/admin/invitations');
    await queryRows(
      `update sessions set sess = jsonb_set(sess::jsonb, '{pendingForm,keptAt}', to_jsonb(${Date.now() - 3_700_000}))`,
    );
    expect((await admin.open('/admin/invitations/new')).html).not.toContain('late@example.org');
  });

  it('survives a wrong password', async () => {
    const admin = await signedOutWhileInviting({ email: 'patient@example.org' });
    const wrong = await admin.submit('/sign-in', { ...adminCredentials, password: 'not this one at all' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain(SIGN_IN_NOTICE);
    await admin.submit('/sign-in', adminCredentials);
    expect(admin.fieldsOf('/admin/invitations')).toMatchObject({ email: 'patient@example.org' });
  });

  it('survives the two-step code and a wrong code', async () => {
    const { visitor, key, email } = await memberWithAuthenticator('phone@example.org');
    await resetTimeSteps();
    await visitor.open('/account');
    await endSessions();
    await visitor.submit('/account/name', { name: 'Amma Two' });
    const codePage = await visitor.submit('/sign-in', credentials(email));
    expect(codePage.path).toBe('/sign-in');
    expect((await visitor.submit('/sign-in', { code: '000000' })).status).toBe(422);
    const back = await visitor.submit('/sign-in', { code: codeOf(key, 1) });
    expect([back.path, visitor.fieldsOf('/account/name').name]).toEqual(['/account', 'Amma Two']);
    expect((await visitor.submit('/account/name')).text).toContain('Your name has been changed');
  });

  it('is kept without passwords and codes, in the page and in the session', async () => {
    await createTestAccount('secretive@example.org');
    const visitor = newVisitor();
    await visitor.signIn('secretive@example.org', validPassword);
    await visitor.open('/account/password');
    await endSessions();
    const typed = { currentPassword: 'typed-secret-1', password: 'typed-secret-2', code: 'typed-secret-3' };
    const signInPage = await visitor.submit('/account/password', { ...typed, again: 'kept' });
    expect(signInPage.html).toContain('kept');
    const back = await visitor.submit('/sign-in', credentials('secretive@example.org'));
    expect(back.text).toContain(RESTORED_NOTICE);
    const sessions = JSON.stringify(await queryRows('select sess from sessions'));
    for (const text of [signInPage.html, back.html, sessions]) expect(text).not.toContain('typed-secret');
  });

  it('asks for an uploaded file again', async () => {
    const admin = await signInStaff('admin');
    await admin.open('/admin/imports/new?kind=alumni');
    await endSessions();
    const signInPage = await admin.upload('/admin/imports', 'email\nlost@example.org\n');
    expect(signInPage.status).toBe(401);
    expect(signInPage.text).toContain(`${SIGN_IN_NOTICE} You’ll need to choose the file again.`);
    const back = await admin.submit('/sign-in', adminCredentials);
    expect(back.path).toBe('/admin/imports/new?kind=alumni');
    expect(back.text).toContain(
      'You were signed out before this was sent. Choose the file again, check the form and send it again.',
    );
    const sent = await admin.upload('/admin/imports', 'external_id,last_name\nA1,Owusu\n');
    expect([sent.status, sent.path.startsWith('/admin/imports/')]).toEqual([200, true]);
  });

  it('is not kept if it is too long, and the page says so', async () => {
    const admin = await signedOutWhileInviting({ message: '✓'.repeat(10_500) });
    expect(admin.page.text).toContain('it’s too long for us to keep');
    expect(admin.page.$('input[name=pendingForm]')).toHaveLength(0);
    expect((await admin.submit('/sign-in', adminCredentials)).path).toBe('/admin/invitations/new');
  });

  it('still needs the password for dangerous actions', async () => {
    const admin = await signInStaff('admin');
    await admin.open('/admin/consents/disclosures');
    await ageSignIns();
    await admin.submit('/admin/consents/disclosures', { body: 'All about it' });
    await endSessions();
    await admin.submit('/admin/consents/disclosures', { currentPassword: validPassword });
    const back = await admin.submit('/sign-in', adminCredentials);
    expect(admin.fieldsOf('/admin/consents/disclosures').body).toBe('All about it');
    expect(back.text).toContain(RESTORED_NOTICE);
  });
});

describe('form that its page can’t show any more', () => {
  it('is listed and can be sent with a button', async () => {
    const email = uniqueAddress();
    const admin = await signInStaff('admin');
    await admin.open('/admin/invitations/new');
    // A form with errors is shown at a path whose GET is another page.
    expect((await admin.submit('/admin/invitations', { email: 'nonsense', message: 'Hello' })).status).toBe(
      422,
    );
    await endSessions();
    await admin.submit('/admin/invitations', { email });
    const listed = await admin.submit('/sign-in', adminCredentials);
    expect([listed.status, listed.path]).toEqual([200, '/admin/invitations']);
    expect(listed.text).toContain(RESTORED_NOTICE);
    expect(listed.text).toContain(email);
    expect(await invitationOf(email)).toBeNull();
    await admin.submit('/admin/invitations');
    expect(await invitationOf(email)).toEqual({ message: 'Hello' });
  });

  it.each(['/admin/alumni/0/details', '/admin/requests/0', '/home/year-of-birth', '/account/data.json'])(
    'is listed instead of an error, a redirect or a file: %s',
    async (page) => {
      const admin = await signedOutWhileInviting({ email: 'elsewhere@example.org' });
      const listed = await signInWithChangedForm(admin, { page });
      expect([listed.status, listed.path]).toEqual([200, page]);
      expect(listed.text).toContain('elsewhere@example.org');
      expect(listed.$('form[action="/admin/invitations"]')).toHaveLength(1);
      expect((await admin.open('/admin')).text).not.toContain('elsewhere@example.org');
    },
  );

  it('is listed if an option no longer exists', async () => {
    const groupId = await createTestGroup();
    const admin = await signedOutWhileInviting({ email: uniqueAddress(), groupId, groupRole: 'owner' });
    await queryRows('update groups set archived_at = now() where id = $1', [groupId]);
    const listed = await admin.submit('/sign-in', adminCredentials);
    expect(listed.$('h1').text()).toBe('Your form');
    expect(admin.fieldsOf('/admin/invitations')).toMatchObject({ groupId, groupRole: 'owner' });
  });
});

describe('form of another account', () => {
  /** An administrator's form, sent after support has signed in in another tab. */
  async function sentAsSupport(fields: Fields): Promise<Visitor> {
    await signInStaff('support');
    const browser = await signInStaff('admin');
    await browser.open('/admin/invitations/new');
    await inAnotherTab(browser, async (tab) => {
      await tab.submit('/sign-out');
      await tab.signIn('support@example.org', validPassword);
    });
    const refused = await browser.submit('/admin/invitations', fields);
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('This form was filled in with another account');
    return browser;
  }

  it('is not processed, and comes back to the account that filled it in', async () => {
    const email = uniqueAddress();
    const browser = await sentAsSupport({ email, message: 'Hello' });
    expect(await invitationOf(email)).toBeNull();
    const pendingForm = String(browser.page.$('input[name=pendingForm]').val());
    const signInPage = await browser.submit('/sign-out', { pendingForm });
    expect(signInPage.text).toContain(SIGN_IN_NOTICE);
    expect(signInPage.text).not.toContain('support of the office');
    await browser.submit('/sign-in', adminCredentials);
    expect(browser.page.path).toBe('/admin/invitations/new');
    await browser.submit('/admin/invitations');
    expect(await invitationOf(email)).toEqual({ message: 'Hello' });
  });

  it('is refused for members too', async () => {
    const [first, second] = [
      await createTestAccount(uniqueAddress()),
      await createTestAccount(uniqueAddress(), null, 'Kofi Mensah'),
    ];
    const browser = newVisitor();
    await browser.signIn(first.email, validPassword);
    await browser.open('/account');
    await inAnotherTab(browser, async (tab) => {
      await tab.submit('/sign-out');
      await tab.signIn(second.email, validPassword);
    });
    expect((await browser.submit('/account/name', { name: 'Amma' })).status).toBe(409);
    expect((await second.reload()).name).toBe('Kofi Mensah');
  });

  it('is refused with a file', async () => {
    await signInStaff('support');
    const browser = await signInStaff('admin');
    await browser.open('/admin/imports/new');
    await inAnotherTab(browser, async (tab) => {
      await tab.submit('/sign-out');
      await tab.signIn('support@example.org', validPassword);
    });
    expect((await browser.upload('/admin/imports', 'email\nfile@example.org\n', 'refused.csv')).status).toBe(
      409,
    );
    expect(await queryRows(`select 1 from imports where file_name = 'refused.csv'`)).toHaveLength(0);
  });

  it('is not shown to the account that signs in instead', async () => {
    await signInStaff('support');
    const browser = await signedOutWhileInviting({ email: 'private@example.org' });
    const page = await browser.submit('/sign-in', credentials('support@example.org'));
    expect(page.path).toBe('/admin');
    expect(page.text).toContain(OTHER_ACCOUNT_NOTICE);
    await browser.open('/admin/invitations/new');
    expect(browser.page.html).not.toContain('private@example.org');
    expect(JSON.stringify(await queryRows('select sess from sessions'))).not.toContain('private@example.org');
  });

  it.each([[''], ['0'], ['nobody'], ['-1'], ['9'.repeat(40)], [['1', '2']]])(
    'is refused with a malformed account id: %j',
    async (signedInAs) => {
      const admin = await signInStaff('admin');
      const refused = await admin.post('/admin/invitations', { email: 'a@example.org', signedInAs });
      expect(refused.status).toBe(409);
      expect(await invitationOf('a@example.org')).toBeNull();
    },
  );

  it('gives no rights through its account id', async () => {
    const { id: signedInAs } = await createTestAccount(uniqueAddress(), 'admin');
    const answer = await newVisitor().post('/admin/invitations', { email: 'in@example.org', signedInAs });
    expect(answer.status).toBe(401);
    const support = await signInStaff('support');
    const own = await Account.findOne({ where: { email: 'support@example.org' } });
    const refused = await support.post('/admin/invitations', {
      email: 'in@example.org',
      signedInAs: own?.id ?? '',
    });
    expect(refused.status).toBe(403);
    expect(await invitationOf('in@example.org')).toBeNull();
  });
});

describe('pending form', () => {
  it('escapes its values while pending, filled in and listed', async () => {
    const admin = await signedOutWhileInviting({ email: script, message: script, [script]: script });
    expect(admin.page.html).not.toContain('<script>alert');
    const fields = [
      ['email', script],
      ['message', script],
    ];
    const filled = await signInWithChangedForm(admin, { fields });
    expect(markupOf(filled)).not.toContain('alert(1)');
    expect(admin.fieldsOf('/admin/invitations')).toMatchObject({ email: script, message: script });
    const again = await signedOutWhileInviting({ email: script, [script]: script });
    const listed = await again.submit('/sign-in', adminCredentials);
    expect(listed.$('h1').text()).toBe('Your form');
    expect(listed.html).not.toContain('<script>alert');
    expect(again.fieldsOf('/admin/invitations')).toMatchObject({ email: script, [script]: script });
  });

  it('leaves the rest of the page unchanged', async () => {
    const admin = await signInStaff('admin');
    const original = await admin.open('/admin/invitations/new');
    await endSessions();
    await admin.submit('/admin/invitations', {});
    const back = await admin.submit('/sign-in', adminCredentials);
    expect(back.text.replace(`${RESTORED_NOTICE} `, '')).toBe(original.text);
    const attributes = ({ $ }: VisitedPage) =>
      $('main *')
        .get()
        .map((element) => Object.keys($(element).attr() ?? {}));
    expect(attributes(back).flat()).toEqual(expect.arrayContaining(attributes(original).flat()));
    expect(back.$('style').attr('nonce')).toBeTruthy();
    expect(back.headers['content-security-policy']).toContain(`'nonce-${back.$('style').attr('nonce')}'`);
  });

  it('accepts only paths of this site', async () => {
    const bad = [
      '//evil.example',
      'https://evil.example/',
      'javascript:alert(1)',
      '/\\evil.example',
      'admin',
      '',
    ];
    for (const address of [
      ...bad,
      '/sign-out',
      '/sign-in?x',
      '/../sign-out',
      'x'.repeat(3000),
      7,
      null,
      {},
    ]) {
      for (const name of ['page', 'action']) {
        const admin = await signedOutWhileInviting({ email: 'kept@example.org' });
        const page = await signInWithChangedForm(admin, { [name]: address });
        expect([page.status, page.path], `${name} ${address}`).toEqual([200, '/admin']);
      }
    }
  });

  it('is ignored if malformed', async () => {
    const forms = [
      '',
      'null',
      '[]',
      '{',
      '{}',
      '"x"',
      '7',
      'true',
      '[[[[',
      '{"__proto__":{"page":"/"}}',
      '{"page":"/admin","action":"/admin","signedInAs":"1","fields":[["a"]],"hadFile":false}',
      '{"page":"/admin","action":"/admin","signedInAs":"1","fields":[["a","\\u0000"]],"hadFile":false}',
      '{"page":"/admin","action":"/admin","signedInAs":"1","fields":[["\\ud800","b"]],"hadFile":false}',
    ];
    for (const pendingForm of [...forms, ['{}', '{}']]) {
      await queryRows('delete from rate_limits');
      const answer = await newVisitor().post('/sign-in', { ...adminCredentials, pendingForm });
      expect([answer.status, answer.headers.location]).toEqual([303, '/admin']);
      const signOut = await newVisitor().post('/sign-out', { pendingForm });
      expect([signOut.status, signOut.headers.location]).toEqual([303, '/']);
    }
  });

  it('ignores referring pages of other sites', async () => {
    const admin = await signInStaff('admin');
    await admin.open('/admin/invitations/new');
    const fields = admin.fieldsOf('/admin/invitations');
    await endSessions();
    for (const referrer of [
      '',
      'nonsense',
      'https://evil.example/admin',
      'javascript:alert(1)',
      `${config.baseUrl}//evil.example`,
    ]) {
      const answer = await admin.post('/admin/invitations', fields).set('Referer', referrer);
      expect(answer.status).toBe(401);
      const pending = JSON.parse(String(load(answer.text)('input[name=pendingForm]').val()));
      expect(pending.page).toBe('/admin/invitations');
    }
  });

  it('keeps a pending form during htmx requests', async () => {
    const admin = await signedOutWhileInviting({ email: 'live@example.org' });
    const pendingForm = String(admin.page.$('input[name=pendingForm]').val());
    await admin.post('/sign-in', { ...adminCredentials, pendingForm });
    await admin.agent.get('/admin/invitations/new').set('HX-Request', 'true');
    expect((await admin.open('/admin/invitations/new')).html).toContain('live@example.org');
  });
});
