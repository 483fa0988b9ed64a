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

describe('an invited alumna', () => {
  it('registers from the mail, is signed in, and signs in again', async () => {
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

  it('has the invitation’s address, whatever the form says', async () => {
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

  it('loses nothing that was typed but the password when something is wrong', async () => {
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

  it('is told everything that is wrong at once', async () => {
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

  it('answers for every record, and is only one of them', async () => {
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
    expect(page.text).toContain('Only one record can be you');
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

  it('can’t claim a record that somebody registered as already', async () => {
    const recordId = await createTestRecord('shared@example.org');
    const holder = await createTestAccount('shared-holder@example.org');
    await queryRows(
      `insert into profiles (account_id, alumni_member_id, relationship, policy_version) values ($1, $2, 'self', 1)`,
      [holder.id, recordId],
    );
    const { url } = await createTestInvitation('shared@example.org');
    const visitor = await opened(url);
    expect(visitor.page.text).toContain('Somebody has registered as this person already');
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

  it('is refused when the invitation was revoked while the form was open', async () => {
    const { url, invitation } = await createTestInvitation('tooslow@example.org');
    const visitor = await opened(url);
    await revoke(invitation.id, null, { kind: 'system' });
    const page = await visitor.submit('/register', person);
    expect(page.status).toBe(410);
    expect(page.text).toContain('This invitation is no longer valid');
    expect(await accountsOf('tooslow@example.org')).toBe(0);
  });

  it('is refused when the invitation expired while the form was open', async () => {
    const { url, invitation } = await createTestInvitation('expired@example.org');
    const visitor = await opened(url);
    await expireInvitation(invitation.id);
    expect((await visitor.submit('/register', person)).status).toBe(410);
    expect(await accountsOf('expired@example.org')).toBe(0);
  });

  it('goes on when the invitation was sent again while the form was open', async () => {
    const { url, invitation } = await createTestInvitation('resent@example.org');
    const visitor = await opened(url);
    await resend(invitation.id, 'mail', { kind: 'system' });
    expect((await visitor.submit('/register', person)).path).toBe('/home');
  });

  it('gets a new session id, and the old one is nobody', async () => {
    const { url } = await createTestInvitation('fixed@example.org');
    const visitor = await opened(url);
    const cookie = (await visitor.agent.get('/register')).request.cookies as string;
    await visitor.submit('/register', person);
    const answer = await newVisitor().agent.get('/home').set('Cookie', cookie);
    expect(answer.headers.location).toMatch(/^\/sign-in\?returnTo=/);
  });

  it('of fifty forms sent at once by five browsers, one makes the account and the others are told politely', async () => {
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
    // Each click of the winner leads home, as the same person.
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

describe('young people', () => {
  const claim = async (email: string, yearOfBirth: number, answer: 'self' | 'child') => {
    const recordId = await createTestRecord(email, { yearOfBirth });
    const { url } = await createTestInvitation(email);
    const visitor = await opened(url);
    return visitor.submit('/register', { ...person, [`records[${recordId}]`]: answer });
  };

  it('below the age limit get a kind no, and nothing is kept', async () => {
    const page = await claim('tiny@example.org', thisYear - 10, 'self');
    expect(page.status).toBe(403);
    expect(page.text).toContain(`31 December ${thisYear + 4}`);
    expect(await accountsOf('tiny@example.org')).toBe(0);
    expect(JSON.stringify(await queryRows('select * from audit_events'))).not.toContain(
      String(thisYear - 10),
    );
  });

  it('below the age limit can’t be claimed by a parent, who can still register', async () => {
    const page = await claim('parent@example.org', thisYear - 10, 'child');
    expect(page.status).toBe(422);
    expect(page.text).toContain('can be claimed from');
  });

  it('of 14 to 17 are claimed without access until somebody consents', async () => {
    const own = await createTestRecord('mother@example.org', { lastName: 'Mother' });
    const child = await createTestRecord('mother@example.org', { yearOfBirth: thisYear - 16 });
    const visitor = await opened((await createTestInvitation('mother@example.org')).url);
    const answers = { [`records[${own}]`]: 'self', [`records[${child}]`]: 'child' };
    const page = await visitor.submit('/register', { ...person, ...answers });
    expect(page.path).toBe('/consent');
    expect(page.text).toContain('Requires Consent');
  });

  it('who are grown up are nobody’s child here', async () => {
    expect((await claim('father@example.org', thisYear - 30, 'child')).status).toBe(422);
  });
});

describe('a link that was handed on', () => {
  it('asks for the code from the mailbox before it shows anything', async () => {
    await createTestRecord('handed@example.org', { lastName: 'Secretive' });
    const { url } = await createTestInvitation('handed@example.org', { delivery: 'link' });
    const visitor = await opened(url);
    expect(visitor.page.text).toContain('h•••@e•••.org');
    expect(visitor.page.text).not.toContain('handed@example.org');
    expect(visitor.page.text).not.toContain('Secretive');
    const answer = await visitor.post('/register', { ...visitor.fieldsOf('/register/codes'), ...person });
    expect(answer.headers.location).toBe('/register');
    expect(await accountsOf('handed@example.org')).toBe(0);
    await visitor.submit('/register/codes');
    const code = /\b\d{6}\b/.exec((await latestMail('handed@example.org')).text)?.[0] ?? '';
    const wrong = await visitor.submit('/register/mailbox', {
      code: code === '000000' ? '000001' : '000000',
    });
    expect(wrong.status).toBe(422);
    const page = await visitor.submit('/register/mailbox', { code: `${code.slice(0, 3)} ${code.slice(3)}` });
    expect(page.$('input[name=email]').val()).toBe('handed@example.org');
    expect(page.text).toContain('Secretive');
  });

  it('takes five tries a code, and one new code a minute', async () => {
    const { url, linkId } = await createTestInvitation('guessed@example.org', { delivery: 'link' });
    const visitor = await opened(url);
    await visitor.submit('/register/codes');
    const code = /\b\d{6}\b/.exec((await latestMail('guessed@example.org')).text)?.[0] ?? '';
    const soon = await visitor.submit('/register/codes');
    expect(soon.status).toBe(422);
    expect(soon.text).toContain('less than a minute ago');
    const wrong = code === '111111' ? '222222' : '111111';
    for (let tries = 0; tries < 5; tries += 1) await visitor.submit('/register/mailbox', { code: wrong });
    expect((await visitor.submit('/register/mailbox', { code })).status).toBe(422);
    await queryRows(
      `update mailbox_codes set created_at = created_at - interval '2 minutes' where link_id = $1`,
      [linkId],
    );
    expect((await visitor.submit('/register/codes')).status).toBe(200);
    expect(JSON.stringify(await queryRows('select * from mailbox_codes'))).not.toContain(code);
  });

  it('an old code counts no more', async () => {
    const { url, linkId } = await createTestInvitation('oldcode@example.org', { delivery: 'link' });
    const visitor = await opened(url);
    await visitor.submit('/register/codes');
    const code = /\b\d{6}\b/.exec((await latestMail('oldcode@example.org')).text)?.[0] ?? '';
    await queryRows(
      `update mailbox_codes set created_at = now() - interval '11 minutes', expires_at = now() - interval '1 minute' where link_id = $1`,
      [linkId],
    );
    expect(
      (await visitor.post('/register/mailbox', { ...visitor.fieldsOf('/register/codes'), code })).status,
    ).toBe(422);
  });
});

describe('an address that has an account', () => {
  it('signs in and accepts, and keeps its name and password', async () => {
    await createTestAccount('known@example.org', null, 'Kofi Known');
    const recordId = await createTestRecord('known@example.org');
    const { url, invitation } = await createTestInvitation('known@example.org', { staffRole: 'support' });
    const visitor = await opened(url);
    expect(visitor.page.text).toContain('You have an account already');
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

describe('an invitation for staff', () => {
  it('gives the role that was promised, as long as its inviter may give it', async () => {
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

describe('asking for a new link', () => {
  const ask = async (email: string) => {
    const visitor = newVisitor();
    await visitor.open('/register/new-link');
    return visitor.submit('/register/new-link', { email });
  };

  it('says the same for every address', async () => {
    await createTestInvitation('asked@example.org');
    const known = await ask('asked@example.org');
    const unknown = await ask('never-heard@example.org');
    expect(known.status).toBe(200);
    expect(known.text).toBe(unknown.text);
  });

  it('mails a new link for an expired invitation, at most three times a day', async () => {
    const { invitation, url } = await createTestInvitation('lost@example.org');
    await expireInvitation(invitation.id);
    await ask('lost@example.org');
    const link = linkInMail(await latestMail('lost@example.org'));
    expect(link).not.toBe(url);
    expect((await newVisitor().open(link)).status).toBe(200);
    for (let times = 0; times < 3; times += 1) {
      await ask('lost@example.org');
      await latestMail('lost@example.org');
    }
    const links = await queryRows('select 1 from invitation_links where invitation_id = $1', [invitation.id]);
    expect(links).toHaveLength(4);
    expect(
      await queryRows(
        `select 1 from invitation_requests where email = 'lost@example.org' and resolved_at is null`,
      ),
    ).toHaveLength(1);
  });

  it('leaves everything else to the staff', async () => {
    const { invitation } = await createTestInvitation('taken-back@example.org');
    await revoke(invitation.id, null, { kind: 'system' });
    await ask('taken-back@example.org');
    await ask('taken-back@example.org');
    await latestMail('lost@example.org');
    const requests = await queryRows<{ request_count: number }>(
      `select request_count from invitation_requests where email = 'taken-back@example.org' and resolved_at is null`,
    );
    expect(requests).toEqual([{ request_count: 2 }]);
  });
});
