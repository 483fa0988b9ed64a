import { load } from 'cheerio';
import { beforeEach, describe, expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { config } from '../../src/platform/config/config.ts';
import { createMember, createTestGroup, signInAs } from '../groups/group-fixtures.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  ageSignIns,
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  newVisitor,
  signInStaff,
  uniqueAddress,
  validPassword,
} from '../support/fixtures.ts';
import type { VisitedPage, Visitor } from '../support/visitor.ts';
import { codeOf, memberWithAuthenticator, resetTimeSteps } from './authenticator.ts';

const COMES_BACK =
  'You were signed out before this was sent. Sign in, and your form comes back as you left it.';
const CHECK_IT = 'You were signed out before this was sent. Check it and send it again.';
const NOT_YOURS = 'The form that waited here was filled in by another account, so it is not shown.';
const script = '</textarea>"><script>alert(1)</script>';

type Fields = Record<string, string | string[]>;

beforeEach(() => queryRows('delete from rate_limits'));

const endSessions = () => queryRows('delete from sessions');
const credentials = (email: string) => ({ email, password: validPassword });
const asAdmin = credentials('admin@example.org');
const invitationOf = (email: string) =>
  queryRow<{ message: string }>('select message from invitations where email = $1', [email]);

/** Does something in another tab of the same browser. */
async function inAnotherTab(visitor: Visitor, act: (tab: Visitor) => Promise<unknown>): Promise<void> {
  const { page } = visitor;
  await act(visitor);
  visitor.page = page;
}

/** An administrator whose form about inviting somebody was answered with the sign-in page. */
async function signedOutWhileInviting(fields: Fields): Promise<Visitor> {
  const admin = await signInStaff('admin');
  await admin.open('/admin/invitations/new');
  await endSessions();
  expect((await admin.submit('/admin/invitations', fields)).status).toBe(401);
  return admin;
}

/** Signs in on the page that carries a form, with parts of that form changed by hand. */
function signInCarrying(visitor: Visitor, changed: Record<string, unknown>): Promise<VisitedPage> {
  const carried = JSON.parse(String(visitor.page.$('input[name=pendingForm]').val()));
  return visitor.submit('/sign-in', { ...asAdmin, pendingForm: JSON.stringify({ ...carried, ...changed }) });
}

/** What the page says apart from the values of its fields. */
function markupOf({ html }: VisitedPage): string {
  const $ = load(html);
  $('input, textarea').removeAttr('value').text('');
  return $.html();
}

describe('a form that is sent after its session has ended', () => {
  const endings: [string, (visitor: Visitor) => Promise<unknown>][] = [
    ['the session is not in the database any more', endSessions],
    ['it has expired', () => queryRows(`update sessions set expire = now() - interval '1 minute'`)],
    ['signed out in another tab', (visitor) => inAnotherTab(visitor, (tab) => tab.submit('/sign-out'))],
    [
      'ended by a change of the password',
      () => Account.update({ passwordChangedAt: new Date() }, { where: { email: 'admin@example.org' } }),
    ],
  ];

  it.each(endings)('comes back filled in after signing in, and can be sent then: %s', async (_how, end) => {
    const email = uniqueAddress();
    const admin = await signInStaff('admin');
    await admin.open('/admin/invitations/new');
    await end(admin);
    const asked = await admin.submit('/admin/invitations', { email, message: 'See you in May' });
    expect(asked.status).toBe(401);
    expect(asked.text).toContain(COMES_BACK);
    const back = await admin.submit('/sign-in', asAdmin);
    expect([back.status, back.path]).toEqual([200, '/admin/invitations/new']);
    expect(back.text).toContain(CHECK_IT);
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
    await admin.submit('/sign-in', asAdmin);
    expect(admin.fieldsOf('/admin/invitations')).toMatchObject(fields);
    expect(admin.page.$('details[open]').text()).toContain('Valid for how many days');
  });

  it('comes back once: opened again, its page is as usual', async () => {
    const admin = await signedOutWhileInviting({ email: 'once@example.org' });
    expect((await admin.submit('/sign-in', asAdmin)).html).toContain('once@example.org');
    const again = await admin.open('/admin/invitations/new');
    expect(again.html).not.toContain('once@example.org');
    expect(again.text).not.toContain(CHECK_IT);
  });

  it('waits for a page that takes a while, but not for more than an hour', async () => {
    const admin = await signedOutWhileInviting({ email: 'late@example.org' });
    const pendingForm = String(admin.page.$('input[name=pendingForm]').val());
    const { headers } = await admin.post('/sign-in', { ...asAdmin, pendingForm });
    expect(headers.location).toBe('/admin/invitations/new');
    await admin.open('/admin/invitations');
    await queryRows(
      `update sessions set sess = jsonb_set(sess::jsonb, '{pendingForm,keptAt}', to_jsonb(${Date.now() - 3_700_000}))`,
    );
    expect((await admin.open('/admin/invitations/new')).html).not.toContain('late@example.org');
  });

  it('is not lost by a wrong password', async () => {
    const admin = await signedOutWhileInviting({ email: 'patient@example.org' });
    const wrong = await admin.submit('/sign-in', { ...asAdmin, password: 'not this one at all' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain(COMES_BACK);
    await admin.submit('/sign-in', asAdmin);
    expect(admin.fieldsOf('/admin/invitations')).toMatchObject({ email: 'patient@example.org' });
  });

  it('is not lost by a code that is asked for, nor by a wrong one', async () => {
    const { visitor, key, email } = await memberWithAuthenticator('phone@example.org');
    await resetTimeSteps();
    await visitor.open('/account');
    await endSessions();
    await visitor.submit('/account/name', { name: 'Amma Two' });
    const asked = await visitor.submit('/sign-in', credentials(email));
    expect(asked.path).toBe('/sign-in');
    expect((await visitor.submit('/sign-in', { code: '000000' })).status).toBe(422);
    const back = await visitor.submit('/sign-in', { code: codeOf(key, 1) });
    expect([back.path, visitor.fieldsOf('/account/name').name]).toEqual(['/account', 'Amma Two']);
    expect((await visitor.submit('/account/name')).text).toContain('Your name is changed');
  });

  it('carries no password and no code, neither in the page nor in a session', async () => {
    await createTestAccount('secretive@example.org');
    const visitor = newVisitor();
    await visitor.signIn('secretive@example.org', validPassword);
    await visitor.open('/account/password');
    await endSessions();
    const typed = { currentPassword: 'typed-secret-1', password: 'typed-secret-2', code: 'typed-secret-3' };
    const asked = await visitor.submit('/account/password', { ...typed, again: 'kept' });
    expect(asked.html).toContain('kept');
    const back = await visitor.submit('/sign-in', credentials('secretive@example.org'));
    expect(back.text).toContain(CHECK_IT);
    const sessions = JSON.stringify(await queryRows('select sess from sessions'));
    for (const text of [asked.html, back.html, sessions]) expect(text).not.toContain('typed-secret');
  });

  it('asks for the file of an upload again', async () => {
    const admin = await signInStaff('admin');
    await admin.open('/admin/imports/new?kind=alumni');
    await endSessions();
    const asked = await admin.upload('/admin/imports', 'email\nlost@example.org\n');
    expect(asked.status).toBe(401);
    expect(asked.text).toContain(`${COMES_BACK} The file has to be chosen again.`);
    const back = await admin.submit('/sign-in', asAdmin);
    expect(back.path).toBe('/admin/imports/new?kind=alumni');
    expect(back.text).toContain(`${CHECK_IT} The file has to be chosen again.`);
    const sent = await admin.upload('/admin/imports', 'external_id,last_name\nA1,Owusu\n');
    expect([sent.status, sent.path.startsWith('/admin/imports/')]).toEqual([200, true]);
  });

  it('says so when it is too long to be kept', async () => {
    const admin = await signedOutWhileInviting({ message: '✓'.repeat(10_500) });
    expect(admin.page.text).toContain('it is too long to be kept here');
    expect(admin.page.$('input[name=pendingForm]')).toHaveLength(0);
    expect((await admin.submit('/sign-in', asAdmin)).path).toBe('/admin/invitations/new');
  });

  it('is still asked for the password where that matters', async () => {
    const admin = await signInStaff('admin');
    await admin.open('/admin/consents/disclosures');
    await ageSignIns();
    await admin.submit('/admin/consents/disclosures', { body: 'All about it' });
    await endSessions();
    await admin.submit('/admin/consents/disclosures', { currentPassword: validPassword });
    const back = await admin.submit('/sign-in', asAdmin);
    expect(admin.fieldsOf('/admin/consents/disclosures').body).toBe('All about it');
    expect(back.text).toContain(CHECK_IT);
  });
});

describe('the forms of the site', () => {
  it('about a record keeps what was typed, and when the record was opened', async () => {
    const id = await createTestRecord('record@example.org');
    const action = `/admin/alumni/${id}/details`;
    const admin = await signInStaff('admin');
    await admin.open(action);
    await queryRows(`update alumni_members set center = 'Hill', updated_at = now() where id = $1`, [id]);
    await endSessions();
    await admin.submit(action, { firstName: 'Ama', center: 'Coast', yearOfBirth: '' });
    await admin.submit('/sign-in', asAdmin);
    expect(admin.fieldsOf(action)).toMatchObject({ firstName: 'Ama', center: 'Coast', yearOfBirth: '' });
    expect((await admin.submit(action)).text).toContain('Somebody else has saved this record meanwhile');
  });

  it('about settings keep boxes that were ticked and those that were not', async () => {
    const admin = await signInStaff('admin');
    await admin.open('/admin/settings');
    await endSessions();
    const fields = { mailFooter: 'Harbour Street 1\r\nAccra', minorsAddressesAreGuardians: 'yes' };
    await admin.submit('/admin/settings', fields);
    await admin.submit('/sign-in', asAdmin);
    const kept = admin.fieldsOf('/admin/settings');
    expect(kept).toMatchObject(fields);
    expect(kept).not.toHaveProperty('twoStepForStaff');
    const saved = await admin.submit('/admin/settings');
    expect(saved.status).toBe(200);
  });

  it('about a webhook keep each box of a list', async () => {
    const admin = await signInStaff('admin');
    const { $ } = await admin.open('/admin/webhooks/new');
    const boxes = $('main input[type=checkbox]').get();
    const [first, , third] = boxes.map((box) => String($(box).attr('name')));
    if (!first || !third) throw new Error('the form has fewer boxes');
    $('main input[type=checkbox]').removeAttr('checked');
    await endSessions();
    const url = 'https://hooks.example.org/in';
    await admin.submit('/admin/webhooks', { url, [first]: 'yes', [third]: 'yes' });
    await admin.submit('/sign-in', asAdmin);
    const { signedInAs: _own, ...kept } = admin.fieldsOf('/admin/webhooks');
    expect(kept).toEqual({ url, [first]: 'yes', [third]: 'yes' });
  });

  it('of members keep the answer to each record', async () => {
    const [own, other] = [
      await createTestRecord('two@example.org'),
      await createTestRecord('two@example.org'),
    ];
    await createTestAccount('two@example.org');
    const visitor = newVisitor();
    await visitor.signIn('two@example.org', validPassword);
    await endSessions();
    const answers = { [`records[${own}]`]: 'self', [`records[${other}]`]: 'none' };
    await visitor.submit('/home/claims', answers);
    await visitor.submit('/sign-in', credentials('two@example.org'));
    expect(visitor.page.path).toBe('/home');
    expect(visitor.fieldsOf('/home/claims')).toMatchObject(answers);
    expect((await visitor.submit('/home/claims')).text).toContain('Your answers are kept');
  });

  it('of groups keep what was chosen from lists', async () => {
    const groupId = await createTestGroup();
    const owner = await createMember(groupId, 'owner');
    const visitor = await signInAs(owner);
    await visitor.open(`/groups/${groupId}/links`);
    await endSessions();
    const action = `/groups/${groupId}/links`;
    await visitor.submit(action, { role: 'admin', hours: '168' });
    await visitor.submit('/sign-in', credentials(owner.account.email));
    expect(visitor.fieldsOf(action)).toMatchObject({ role: 'admin', hours: '168' });
  });

  it('that are told apart by what they hold alone come back as the right one', async () => {
    const lost = newVisitor();
    await lost.open('/register/new-link');
    await lost.submit('/register/new-link', { email: 'amma@slip.example.org' });
    const asked = await queryRow<{ id: string }>(
      `select id from invitation_requests where email like '%slip%'`,
    );
    if (!asked) throw new Error('the request was not kept');
    const admin = await signInStaff('admin');
    await admin.open(`/admin/requests/${asked.id}`);
    await endSessions();
    const action = `/admin/requests/${asked.id}/correction`;
    await admin.submit(action, { email: 'right@example.org' });
    await admin.submit('/sign-in', asAdmin);
    const typed = () =>
      admin.page
        .$('main input[name=email]')
        .map((_, one) => admin.page.$(one).val())
        .get();
    const [meant, own] = [typed().slice(0, -1), typed().at(-1)];
    expect(meant).not.toEqual([]);
    expect(meant).not.toContain('right@example.org');
    expect(own).toBe('right@example.org');
  });

  it('that are but a button come back as long as it says the same', async () => {
    const { invitation } = await createTestInvitation(uniqueAddress());
    const page = `/admin/invitations/${invitation.id}`;
    const admin = await signInStaff('admin');
    const resend = `${page}/resends`;
    await admin.open(page);
    await endSessions();
    await admin.submit(resend);
    const back = await admin.submit('/sign-in', asAdmin);
    expect([back.path, back.text.includes(CHECK_IT)]).toEqual([page, true]);
    await endSessions();
    await admin.submit(resend);
    await queryRows('update invitations set revoked_at = now() where id = $1', [invitation.id]);
    expect((await admin.submit('/sign-in', asAdmin)).$('h1').text()).toBe('Your form');
  });

  it('with several buttons come back whichever was pressed', async () => {
    const admin = await signInStaff('admin');
    await admin.open('/admin/invitations/new');
    const fields = { ...admin.fieldsOf('/admin/invitations'), email: 'checked@example.org' };
    await endSessions();
    const referrer = `${config.baseUrl}/admin/invitations/new`;
    const asked = await admin.post('/admin/invitations/checks', fields).set('Referer', referrer);
    const pendingForm = String(load(asked.text)('input[name=pendingForm]').val());
    await admin.open('/sign-in');
    await admin.submit('/sign-in', { ...asAdmin, pendingForm });
    expect(admin.fieldsOf('/admin/invitations')).toMatchObject({ email: 'checked@example.org' });
  });
});

describe('a form whose page can’t show it any more', () => {
  it('is listed, and sent by a button', async () => {
    const email = uniqueAddress();
    const admin = await signInStaff('admin');
    await admin.open('/admin/invitations/new');
    // Shown again with its fault at an address that has another page of its own.
    expect((await admin.submit('/admin/invitations', { email: 'nonsense', message: 'Hello' })).status).toBe(
      422,
    );
    await endSessions();
    await admin.submit('/admin/invitations', { email });
    const listed = await admin.submit('/sign-in', asAdmin);
    expect([listed.status, listed.path]).toEqual([200, '/admin/invitations']);
    expect(listed.text).toContain(CHECK_IT);
    expect(listed.text).toContain(email);
    expect(await invitationOf(email)).toBeNull();
    await admin.submit('/admin/invitations');
    expect(await invitationOf(email)).toEqual({ message: 'Hello' });
  });

  it.each(['/admin/alumni/0/details', '/admin/requests/0', '/home/year-of-birth', '/account/data.json'])(
    'is listed instead of an error, another page or a file: %s',
    async (page) => {
      const admin = await signedOutWhileInviting({ email: 'elsewhere@example.org' });
      const listed = await signInCarrying(admin, { page });
      expect([listed.status, listed.path]).toEqual([200, page]);
      expect(listed.text).toContain('elsewhere@example.org');
      expect(listed.$('form[action="/admin/invitations"]')).toHaveLength(1);
      expect((await admin.open('/admin')).text).not.toContain('elsewhere@example.org');
    },
  );

  it('is listed when a choice is not there any more', async () => {
    const groupId = await createTestGroup();
    const admin = await signedOutWhileInviting({ email: uniqueAddress(), groupId, groupRole: 'owner' });
    await queryRows('update groups set archived_at = now() where id = $1', [groupId]);
    const listed = await admin.submit('/sign-in', asAdmin);
    expect(listed.$('h1').text()).toBe('Your form');
    expect(admin.fieldsOf('/admin/invitations')).toMatchObject({ groupId, groupRole: 'owner' });
  });
});

describe('a form of another account', () => {
  /** An administrator's form, sent when support has signed in in another tab. */
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
    expect(refused.text).toContain('This form was filled in by another account');
    return browser;
  }

  it('is not carried out, and comes back to the account that filled it in', async () => {
    const email = uniqueAddress();
    const browser = await sentAsSupport({ email, message: 'Hello' });
    expect(await invitationOf(email)).toBeNull();
    const pendingForm = String(browser.page.$('input[name=pendingForm]').val());
    const asked = await browser.submit('/sign-out', { pendingForm });
    expect(asked.text).toContain(COMES_BACK);
    expect(asked.text).not.toContain('support of the office');
    await browser.submit('/sign-in', asAdmin);
    expect(browser.page.path).toBe('/admin/invitations/new');
    await browser.submit('/admin/invitations');
    expect(await invitationOf(email)).toEqual({ message: 'Hello' });
  });

  it('is refused to a member too, whose own name would be changed', async () => {
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

  it('is refused when it comes with a file', async () => {
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

  it('is not shown to whoever signs in instead', async () => {
    await signInStaff('support');
    const browser = await signedOutWhileInviting({ email: 'private@example.org' });
    const page = await browser.submit('/sign-in', credentials('support@example.org'));
    expect(page.path).toBe('/admin');
    expect(page.text).toContain(NOT_YOURS);
    await browser.open('/admin/invitations/new');
    expect(browser.page.html).not.toContain('private@example.org');
    expect(JSON.stringify(await queryRows('select sess from sessions'))).not.toContain('private@example.org');
  });

  it.each([[''], ['0'], ['nobody'], ['-1'], ['9'.repeat(40)], [['1', '2']]])(
    'is refused whatever it says of whose it is: %j',
    async (signedInAs) => {
      const admin = await signInStaff('admin');
      const refused = await admin.post('/admin/invitations', { email: 'a@example.org', signedInAs });
      expect(refused.status).toBe(409);
      expect(await invitationOf('a@example.org')).toBeNull();
    },
  );

  it('is no way in: who it says it is of counts for nothing', async () => {
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

describe('what was typed', () => {
  it('never becomes markup: not while it waits, filled in or listed', async () => {
    const admin = await signedOutWhileInviting({ email: script, message: script, [script]: script });
    expect(admin.page.html).not.toContain('<script>alert');
    const fields = [
      ['email', script],
      ['message', script],
    ];
    const filled = await signInCarrying(admin, { fields });
    expect(markupOf(filled)).not.toContain('alert(1)');
    expect(admin.fieldsOf('/admin/invitations')).toMatchObject({ email: script, message: script });
    const again = await signedOutWhileInviting({ email: script, [script]: script });
    const listed = await again.submit('/sign-in', asAdmin);
    expect(listed.$('h1').text()).toBe('Your form');
    expect(listed.html).not.toContain('<script>alert');
    expect(again.fieldsOf('/admin/invitations')).toMatchObject({ email: script, [script]: script });
  });

  it('leaves the rest of the page as it was', async () => {
    const admin = await signInStaff('admin');
    const usual = await admin.open('/admin/invitations/new');
    await endSessions();
    await admin.submit('/admin/invitations', {});
    const back = await admin.submit('/sign-in', asAdmin);
    expect(back.text.replace(`${CHECK_IT} `, '')).toBe(usual.text);
    const attributes = ({ $ }: VisitedPage) =>
      $('main *')
        .get()
        .map((one) => Object.keys($(one).attr() ?? {}));
    expect(attributes(back).flat()).toEqual(expect.arrayContaining(attributes(usual).flat()));
    expect(back.$('style').attr('nonce')).toBeTruthy();
    expect(back.headers['content-security-policy']).toContain(`'nonce-${back.$('style').attr('nonce')}'`);
  });

  it('leads nowhere but to pages of ours', async () => {
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
        const page = await signInCarrying(admin, { [name]: address });
        expect([page.status, page.path], `${name} ${address}`).toEqual([200, '/admin']);
      }
    }
  });

  it('can be anything at all without a fault of ours', async () => {
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
      const answer = await newVisitor().post('/sign-in', { ...asAdmin, pendingForm });
      expect([answer.status, answer.headers.location]).toEqual([303, '/admin']);
      const out = await newVisitor().post('/sign-out', { pendingForm });
      expect([out.status, out.headers.location]).toEqual([303, '/']);
    }
  });

  it('comes from a page of ours or from none', async () => {
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
      const carried = JSON.parse(String(load(answer.text)('input[name=pendingForm]').val()));
      expect(carried.page).toBe('/admin/invitations');
    }
  });
});

describe('signing in and out', () => {
  it('out twice leads on', async () => {
    const admin = await signInStaff('admin');
    await inAnotherTab(admin, (tab) => tab.submit('/sign-out'));
    expect((await admin.submit('/sign-out')).path).toBe('/');
  });

  it('in twice leads on', async () => {
    await createTestAccount('twice@example.org');
    const visitor = newVisitor();
    await visitor.open('/sign-in');
    await inAnotherTab(visitor, (tab) => tab.signIn('twice@example.org', validPassword));
    expect((await visitor.submit('/sign-in', credentials('twice@example.org'))).path).toBe('/home');
  });

  it('asks for the code of one account though another one is signed in', async () => {
    const { key, email } = await memberWithAuthenticator('second.phone@example.org');
    await resetTimeSteps();
    await createTestAccount('first@example.org');
    const visitor = newVisitor();
    await visitor.open('/sign-in');
    await inAnotherTab(visitor, (tab) => tab.signIn('first@example.org', validPassword));
    const asked = await visitor.submit('/sign-in', credentials(email));
    expect(asked.text).toContain('Your code');
    await visitor.submit('/sign-in', { code: codeOf(key, 1) });
    expect((await visitor.open('/account')).text).toContain(email);
  });

  it('says so when the browser takes no cookie', async () => {
    const member = await createTestAccount(uniqueAddress());
    const signedIn = await newVisitor().post('/sign-in', credentials(member.email));
    expect([signedIn.status, signedIn.headers.location]).toEqual([303, '/home']);
    // As browsers do, each request of the chain says that it comes from the sign-in page.
    const referrer = `${config.baseUrl}/sign-in`;
    const home = await newVisitor().agent.get('/home').set('Referer', referrer);
    const { text } = await newVisitor().agent.get(String(home.headers.location)).set('Referer', referrer);
    expect(text).toContain('Your browser doesn’t keep our cookie');
    expect((await newVisitor().open('/sign-in?returnTo=%2Fhome')).text).not.toContain('cookie');
  });

  it('leads a part of a page that asks without a session to the sign-in page', async () => {
    const admin = await signInStaff('admin');
    await endSessions();
    const part = await admin.agent.get('/admin/invitations/preview?email=a').set('HX-Request', 'true');
    expect([part.status, part.headers.location?.split('?')[0]]).toEqual([303, '/sign-in']);
    const form = await admin.post('/admin/invitations', { email: 'a' }).set('HX-Request', 'true');
    expect(form.status).toBe(401);
  });

  it('doesn’t spend a form on a part of its page', async () => {
    const admin = await signedOutWhileInviting({ email: 'live@example.org' });
    const pendingForm = String(admin.page.$('input[name=pendingForm]').val());
    await admin.post('/sign-in', { ...asAdmin, pendingForm });
    await admin.agent.get('/admin/invitations/new').set('HX-Request', 'true');
    expect((await admin.open('/admin/invitations/new')).html).toContain('live@example.org');
  });
});
