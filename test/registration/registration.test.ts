import { describe, expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { getInvitation } from '../../src/invitations/invitation.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  app,
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  expireInvitation,
  latestMail,
  linkInMail,
  newVisitor,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import { resend, revoke } from '../support/operations.ts';
import type { Visitor } from '../support/visitor.ts';

const thisYear = new Date().getUTCFullYear();
const person = { name: 'Amma Owusu', password: validPassword };

async function opened(url: string): Promise<Visitor> {
  const visitor = newVisitor();
  await visitor.open(url);
  return visitor;
}

const accountsOf = (email: string) => Account.count({ where: { email } });

describe('invited alumna', () => {
  it('registers with the mailed link, is signed in, and can sign in again', async () => {
    const recordId = await createTestRecord('amma@example.org');
    const { invitation } = await createTestInvitation('amma@example.org', { message: 'See you in May' });
    const visitor = await opened(linkInMail(await latestMail('amma@example.org')));
    expect(visitor.page.text).toContain('See you in May');
    expect(visitor.page.text).toContain('Found 1 alumni record');
    const home = await visitor.submit('/register', { ...person, [`records[${recordId}]`]: 'self' });
    expect(home.path).toBe('/home');
    expect(home.text).toContain('Welcome, Amma Owusu');
    expect(home.text).toContain('Full Access');
    const accepted = await getInvitation(invitation.id);
    expect(accepted.status).toBe('accepted');
    expect(accepted.acceptedBy).toBe((await Account.findOne({ where: { email: 'amma@example.org' } }))?.id);
    expect((await latestMail('amma@example.org')).subject).toContain('Welcome');
    await visitor.submit('/sign-out');
    expect((await visitor.signIn('AMMA@example.org', validPassword)).path).toBe('/home');
  });

  it('gets the invitation’s address, whatever the form contains', async () => {
    const { url } = await createTestInvitation('mine@example.org');
    const visitor = await opened(url);
    await visitor.submit('/register', {
      ...person,
      email: 'attacker@example.org',
      staffRole: 'admin',
      role: 'admin',
    });
    expect(await accountsOf('attacker@example.org')).toBe(0);
    const created = await Account.findOne({ where: { email: 'mine@example.org' } });
    expect(created?.staffRole).toBeNull();
  });

  it('keeps everything typed except the password after an error', async () => {
    const recordId = await createTestRecord('slip@example.org', { yearOfBirth: null });
    const { url } = await createTestInvitation('slip@example.org');
    const visitor = await opened(url);
    const fields = {
      name: 'Amma <Owusu',
      password: 'short',
      [`records[${recordId}]`]: 'self',
      [`yearOfBirth[${recordId}]`]: '19',
    };
    const page = await visitor.submit('/register', fields);
    expect(page.status).toBe(422);
    expect(page.$('title').text()).toMatch(/^Error: /);
    expect(page.$('input[name=name]').val()).toBe('Amma <Owusu');
    expect(page.$(`input[name="records[${recordId}]"][value=self]`).attr('checked')).toBeDefined();
    expect(page.$(`input[name="yearOfBirth[${recordId}]"]`).val()).toBe('19');
    expect(page.$('input[name=password]').val() ?? '').toBe('');
    const again = await visitor.submit('/register', {
      ...fields,
      ...person,
      [`yearOfBirth[${recordId}]`]: '1984',
    });
    expect(again.path).toBe('/home');
    const [profile] = await queryRows<{ stated: number }>(
      'select stated_year_of_birth as stated from profiles where alumni_member_id = $1',
      [recordId],
    );
    expect(profile?.stated).toBe(1984);
    expect(
      await queryRows('select 1 from alumni_members where id = $1 and year_of_birth is null', [recordId]),
    ).toHaveLength(1);
  });

  it('sees all errors together', async () => {
    const recordId = await createTestRecord('many-faults@example.org');
    const { url } = await createTestInvitation('many-faults@example.org');
    const visitor = await opened(url);
    const page = await visitor.submit('/register', { name: '', password: 'short' });
    const named = page
      .$('[role=alert] a')
      .map((_, a) => page.$(a).attr('href'))
      .get();
    expect(named.sort()).toEqual(['#name', '#password', `#records-${recordId}`]);
  });

  it('must answer for every record, and can be only one of them', async () => {
    const first = await createTestRecord('two@example.org', { lastName: 'One' });
    const second = await createTestRecord('two@example.org', { lastName: 'Two' });
    const { url } = await createTestInvitation('two@example.org');
    const visitor = await opened(url);
    expect((await visitor.submit('/register', { ...person, [`records[${first}]`]: 'self' })).status).toBe(
      422,
    );
    const both = { [`records[${first}]`]: 'self', [`records[${second}]`]: 'self' };
    const page = await visitor.submit('/register', { ...person, ...both });
    expect(page.status).toBe(422);
    expect(page.text).toContain('You can choose “This is me” only once');
    expect(await accountsOf('two@example.org')).toBe(0);
  });

  it('can’t claim a record of another address', async () => {
    const foreign = await createTestRecord('somebody@example.org');
    const { url } = await createTestInvitation('thief@example.org');
    const visitor = await opened(url);
    const page = await visitor.submit('/register', { ...person, [`records[${foreign}]`]: 'self' });
    expect(page.status).toBe(422);
    expect(await queryRows('select 1 from profiles where alumni_member_id = $1', [foreign])).toHaveLength(0);
  });

  it('can’t claim a record that is claimed already', async () => {
    const recordId = await createTestRecord('shared@example.org');
    const holder = await createTestAccount('shared-holder@example.org');
    await queryRows(
      `insert into profiles (account_id, alumni_member_id, relationship, policy_version) values ($1, $2, 'self', 1)`,
      [holder.id, recordId],
    );
    const { url } = await createTestInvitation('shared@example.org');
    const visitor = await opened(url);
    expect(visitor.page.text).toContain('Someone has already registered as this person');
    expect(visitor.page.text).not.toContain('shared-holder');
    expect((await visitor.submit('/register', { ...person, [`records[${recordId}]`]: 'self' })).status).toBe(
      422,
    );
  });

  it.each(['password1234', 'weak', 'aaaaaaaaaaaaaaaa', 'choosy@example.org', 'x'.repeat(201)])(
    'can’t choose the password %s',
    async (password) => {
      const { url } = await createTestInvitation('choosy@example.org', { replace: true });
      const visitor = await opened(url);
      const page = await visitor.submit('/register', { ...person, password });
      expect(page.status).toBe(422);
      expect(await accountsOf('choosy@example.org')).toBe(0);
    },
  );

  it('is refused if the invitation was revoked while the form was open', async () => {
    const { url, invitation } = await createTestInvitation('tooslow@example.org');
    const visitor = await opened(url);
    await revoke(invitation.id, null, { kind: 'system' });
    const page = await visitor.submit('/register', person);
    expect(page.status).toBe(410);
    expect(page.text).toContain('This invitation is no longer valid');
    expect(await accountsOf('tooslow@example.org')).toBe(0);
  });

  it('is refused if the invitation expired while the form was open', async () => {
    const { url, invitation } = await createTestInvitation('expired@example.org');
    const visitor = await opened(url);
    await expireInvitation(invitation.id);
    expect((await visitor.submit('/register', person)).status).toBe(410);
    expect(await accountsOf('expired@example.org')).toBe(0);
  });

  it('can finish if the invitation was resent while the form was open', async () => {
    const { url, invitation } = await createTestInvitation('resent@example.org');
    const visitor = await opened(url);
    await resend(invitation.id, 'mail', { kind: 'system' });
    expect((await visitor.submit('/register', person)).path).toBe('/home');
  });

  it('gets a new session id, and the old one is not signed in', async () => {
    const { url } = await createTestInvitation('fixed@example.org');
    const visitor = await opened(url);
    const cookie = (await visitor.agent.get('/register')).request.cookies as string;
    await visitor.submit('/register', person);
    const answer = await newVisitor().agent.get('/home').set('Cookie', cookie);
    expect(answer.headers.location).toMatch(/^\/sign-in\?returnTo=/);
  });

  it('wins once: of fifty concurrent forms from five browsers, one creates the account', async () => {
    const { url } = await createTestInvitation('race@example.org');
    const browsers = await Promise.all(Array.from({ length: 5 }, () => opened(url)));
    const answers = await Promise.all(
      browsers.map((browser) =>
        Promise.all(
          Array.from({ length: 10 }, () =>
            browser.post('/register', { ...browser.fieldsOf('/register'), ...person }),
          ),
        ),
      ),
    );
    const [winner, ...others] = answers.sort((one) => (one[0]?.status === 303 ? -1 : 1));
    // Each click of the winner redirects to the home page.
    for (const { status, headers } of winner ?? [])
      expect([status, headers.location]).toEqual([303, '/home']);
    for (const { status, text } of others.flat()) {
      expect(status).toBe(410);
      expect(text).toContain('This invitation has already been used');
    }
    expect(await accountsOf('race@example.org')).toBe(1);
    const audit = await queryRow<{ count: number }>(
      `select count(*)::int as count from audit_events e join invitations i on i.id::text = e.subject_id
       where e.action = 'invitation.accepted' and i.email = 'race@example.org'`,
    );
    expect(audit?.count).toBe(1);
  });
});

describe('minors', () => {
  const claim = async (email: string, yearOfBirth: number, answer: 'self' | 'child') => {
    const recordId = await createTestRecord(email, { yearOfBirth });
    const { url } = await createTestInvitation(email);
    const visitor = await opened(url);
    return visitor.submit('/register', { ...person, [`records[${recordId}]`]: answer });
  };

  it('below the age limit are refused, and nothing is stored', async () => {
    const page = await claim('tiny@example.org', thisYear - 10, 'self');
    expect(page.status).toBe(403);
    expect(page.text).toContain(`31 December ${thisYear + 4}`);
    expect(await accountsOf('tiny@example.org')).toBe(0);
    expect(JSON.stringify(await queryRows('select * from audit_events'))).not.toContain(
      String(thisYear - 10),
    );
  });

  it('below the age limit can’t be claimed by a parent', async () => {
    const page = await claim('parent@example.org', thisYear - 10, 'child');
    expect(page.status).toBe(422);
    expect(page.text).toContain('can join from');
  });

  it('of 14 to 17 are claimed, but have no access without consent', async () => {
    const own = await createTestRecord('mother@example.org', { lastName: 'Mother' });
    const child = await createTestRecord('mother@example.org', { yearOfBirth: thisYear - 16 });
    const visitor = await opened((await createTestInvitation('mother@example.org')).url);
    const answers = { [`records[${own}]`]: 'self', [`records[${child}]`]: 'child' };
    const page = await visitor.submit('/register', { ...person, ...answers });
    expect(page.path).toBe('/consent');
    expect(page.text).toContain('Requires Consent');
  });

  it('don’t include adults, who can’t be claimed as children', async () => {
    expect((await claim('father@example.org', thisYear - 30, 'child')).status).toBe(422);
  });
});

describe('address that has an account', () => {
  it('signs in and accepts, and keeps its name and password', async () => {
    await createTestAccount('known@example.org', null, 'Kofi Known');
    const recordId = await createTestRecord('known@example.org');
    const { url, invitation } = await createTestInvitation('known@example.org', { staffRole: 'support' });
    const visitor = await opened(url);
    expect(visitor.page.text).toContain('You already have an account');
    await visitor.open('/sign-in');
    const page = await visitor.submit('/sign-in', { email: 'known@example.org', password: validPassword });
    expect(page.path).toBe('/register');
    const home = await visitor.submit('/register', { [`records[${recordId}]`]: 'self' });
    expect(home.path).toBe('/home');
    expect(home.text).toContain('Kofi Known');
    expect((await getInvitation(invitation.id)).status).toBe('accepted');
    expect((await Account.findOne({ where: { email: 'known@example.org' } }))?.staffRole).toBe('support');
  });
});

describe('staff invitation', () => {
  it('gives the role only if the inviter is still an administrator', async () => {
    const admin = await signInStaff('admin');
    await admin.open('/admin/invitations/new');
    await admin.submit('/admin/invitations', { email: 'helper@example.org', staffRole: 'support' });
    await admin.open('/admin/invitations/new');
    await admin.submit('/admin/invitations', { email: 'late-helper@example.org', staffRole: 'admin' });
    const helper = await opened(linkInMail(await latestMail('helper@example.org')));
    await helper.submit('/register', person);
    expect((await Account.findOne({ where: { email: 'helper@example.org' } }))?.staffRole).toBe('support');
    await queryRows(`update accounts set staff_role = 'support' where email = 'admin@example.org'`);
    const late = await opened(linkInMail(await latestMail('late-helper@example.org')));
    await late.submit('/register', person);
    expect((await Account.findOne({ where: { email: 'late-helper@example.org' } }))?.staffRole).toBeNull();
    expect(app).toBeDefined();
  });
});
