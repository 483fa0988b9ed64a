import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { queryRow, queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  latestMail,
  newVisitor,
  runJobs,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import { columnTexts, type Visitor } from '../support/visitor.ts';

let admin: Visitor;
let support: Visitor;

beforeAll(async () => {
  admin = await signInStaff('admin');
  support = await signInStaff('support');
});
beforeEach(() => queryRows('delete from rate_limits'));

const find = (visitor: Visitor, q: string) => visitor.open(`/admin/help?${new URLSearchParams({ q })}`);
const personPath = (email: string) => `/admin/help/person?${new URLSearchParams({ email })}`;
const titles = ({ page }: Visitor) =>
  page
    .$('.timeline-title')
    .get()
    .map((element) => page.$(element).text());

describe('search for a person', () => {
  it('shows one search field', async () => {
    const page = await support.open('/admin/help');
    expect(page.$('form[role=search] input[name=q]')).toHaveLength(1);
    expect(page.text).toContain('Find a person');
  });

  it('opens the only match, found by address in any case or by part of a name', async () => {
    await createTestRecord('yaa@find.example', { lastName: 'Asantewaa' });
    for (const typed of ['yaa@find.example', ' YAA@find.example ', 'santewa', 'yaa@fi']) {
      const page = await find(support, typed);
      expect([typed, page.path.split('?')[0]]).toEqual([typed, '/admin/help/person']);
      expect(page.text).toContain('They’re in the directory but haven’t been invited yet');
    }
    expect(support.page.$('a[href^="/admin/invitations/new"]')).toHaveLength(0);
    await admin.open(personPath('yaa@find.example'));
    expect(admin.page.$('.diagnosis a').attr('href')).toBe('/admin/invitations/new?email=yaa%40find.example');
  });

  it('lists several matches, each address once', async () => {
    await createTestAccount('one@several.example', null, 'Esi Several');
    await createTestInvitation('one@several.example', { replace: true });
    await createTestRecord('two@several.example');
    await queryRows(
      `insert into alumni_members (external_id, first_name, last_name) values ('N-1', 'No', 'Several') returning id`,
    );
    const page = await find(support, 'several');
    expect(columnTexts(page, 'Known from')).toEqual(['account, invitation', 'directory', 'directory']);
    expect(page.$('tbody a[href^="/admin/alumni/"]').text()).toBe('No Several');
  });

  it('reports that nobody was found, and accepts any input', async () => {
    expect((await find(support, 'nobody at all')).text).toContain('Nobody matches');
    for (const typed of ['%', '_', '\\', "'", '<b>', 'x'.repeat(300), 'AAAAAAAA'])
      expect((await find(support, typed)).status).toBe(200);
    expect((await support.open('/admin/help?q=a&q=b')).status).toBe(200);
    expect((await support.open('/admin/help/person?email=nonsense')).path).toBe('/admin/help');
    expect((await support.open(personPath('stranger@nowhere.example'))).text).toContain(
      'We don’t know this address',
    );
  });

  it('finds the reference of an invitation or a mail as people read it aloud', async () => {
    const { invitation } = await createTestInvitation('ref@find.example');
    await queryRows('update invitations set reference = $2 where id = $1 returning id', [
      invitation.id,
      '0A1BC2DE',
    ]);
    expect((await find(support, 'o a l b - c2de')).text).toContain('ref@find.example');
    await createTestAccount('mail@find.example');
    const visitor = newVisitor();
    await visitor.open('/forgot-password');
    await visitor.submit('/forgot-password', { email: 'mail@find.example' });
    await runJobs();
    const mail = await queryRow<{ reference: string }>(
      `select reference from messages where recipient = 'mail@find.example'`,
    );
    expect((await find(support, String(mail?.reference).toLowerCase())).$('h1').text()).toBe('Amma Owusu');
  });

  it('finds the reference of an error page and shows its events', async () => {
    const errorPage = await support.open('/admin/settings');
    expect(errorPage.status).toBe(403);
    const reference = errorPage.$('.reference').text();
    const page = await find(support, reference);
    expect(page.text).toContain(`What happened under the reference ${reference}`);
    expect(page.text).toContain('Access denied');
    expect(page.$('h1').text()).toBe('support of the office');
  });
});

describe('page of a person', () => {
  it('shows the diagnosis first, and everything else in one sorted timeline', async () => {
    const email = 'amma@person.example';
    const recordId = await createTestRecord(email, { yearOfBirth: new Date().getUTCFullYear() - 16 });
    const { url } = await createTestInvitation(email);
    await latestMail(email);
    const person = newVisitor();
    await person.open(url);
    await person.submit('/register', {
      name: 'Amma Person',
      password: validPassword,
      [`records[${recordId}]`]: 'self',
      guardianName: 'Gita Guardian',
      guardianEmail: 'gita@person.example',
    });
    await runJobs();
    await support.open(personPath(email));
    expect(support.page.$('h1').text()).toBe('Amma Person');
    expect(support.page.$('.diagnosis').text()).toContain(
      'waiting for their guardian, who hasn’t answered yet',
    );
    expect(titles(support)).toEqual(
      expect.arrayContaining(['Invited', 'Invitation e-mail: sent', 'Accepted', 'Account created']),
    );
    const times = support.page
      .$('.timeline time')
      .get()
      .map((element) => String(support.page.$(element).attr('datetime')));
    expect(times).toEqual([...times].sort());
    expect(support.page.text).not.toMatch(/token=|\/invite\/|\/join\?/);
    expect(support.page.$('a[href^="/admin/people"]')).toHaveLength(0);
    await admin.open(personPath(email));
    const links = admin.page
      .$('.diagnosis a')
      .get()
      .map((element) => admin.page.$(element).attr('href'));
    expect(links[0]).toMatch(/^\/admin\/guardians\//);
    expect(links[1]).toMatch(/^\/admin\/people\/\d+$/);
  });

  it('offers the right action for an invited person and for a requester', async () => {
    const { invitation } = await createTestInvitation('open@person.example');
    await runJobs();
    await queryRows(
      `update messages set sent_at = now() - interval '3 days' where invitation_id = $1 returning id`,
      [invitation.id],
    );
    const page = await support.open(personPath('open@person.example'));
    expect(page.$('.diagnosis').text()).toContain('Nobody has opened the link yet');
    expect(page.$(`.diagnosis form[action="/admin/invitations/${invitation.id}/resends"]`)).toHaveLength(1);
    const requester = newVisitor();
    await requester.open('/register/new-link');
    await requester.submit('/register/new-link', { email: 'asks@person.example' });
    await runJobs();
    const requesterPage = await support.open(personPath('asks@person.example'));
    expect(requesterPage.$('.diagnosis a').attr('href')).toMatch(/^\/admin\/requests\/\d+$/);
    expect(titles(support)).toContain('Asked for a new link');
  });

  it('reports an account without problems and a suspended one', async () => {
    const member = await createTestAccount('fine@person.example', null, 'Fine Person');
    expect((await support.open(personPath('fine@person.example'))).$('.diagnosis').text()).toContain(
      'They registered on',
    );
    await member.update({ suspendedAt: new Date() });
    expect((await support.open(personPath('fine@person.example'))).$('.diagnosis').text()).toContain(
      'has been suspended',
    );
  });

  it('reports failed sign-ins, and records at most three in 15 minutes', async () => {
    const { id } = await createTestAccount('fails@person.example');
    const failures = () =>
      queryRows(`select 1 from audit_events where action = 'account.sign-in-failed' and subject_id = $1`, [
        id,
      ]);
    for (let attempts = 1; attempts <= 5; attempts += 1) {
      await newVisitor().signIn('fails@person.example', 'not this one at all');
      await newVisitor().signIn('nobody@person.example', 'not this one at all');
      await runJobs();
      expect(await failures()).toHaveLength(Math.min(attempts, 3));
    }
    await support.open(personPath('fails@person.example'));
    expect(support.page.$('.diagnosis').text()).toContain('have an account but can’t sign in');
    expect(titles(support).filter((title) => title === 'Wrong password entered')).toHaveLength(3);
    await newVisitor().signIn('fails@person.example', validPassword);
    expect((await support.open(personPath('fails@person.example'))).$('.diagnosis').text()).toContain(
      'last signed in on',
    );
  });
});
