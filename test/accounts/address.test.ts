import { beforeEach, describe, expect, it } from 'vitest';
import { Account, findAccountByEmail } from '../../src/accounts/account.ts';
import { askForOtherAddresses } from '../../src/accounts/address/closing-domains.ts';
import { matchAccount } from '../../src/alumni/matching/match.ts';
import { listCapturedMails } from '../../src/platform/mail/captured-mail.ts';
import { suppress } from '../../src/platform/mail/suppressions.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  ageSignIns,
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  latestMail,
  linkInMail,
  newVisitor,
  registerMinor,
  runJobs,
  signInStaff,
  uniqueAddress,
  validPassword,
} from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';

const command = { kind: 'command' } as const;

let oldEmail: string;
let newEmail: string;
let account: Account;
let member: Visitor;

beforeEach(async () => {
  oldEmail = `old-${uniqueAddress()}`;
  newEmail = `new-${uniqueAddress()}`;
  account = await createTestAccount(oldEmail);
  member = newVisitor();
  await member.signIn(oldEmail, validPassword);
});

async function ask(email = newEmail): Promise<void> {
  await member.open('/account/address');
  await member.submit('/account/address', { email });
}

async function confirm(visitor = member, email = newEmail): Promise<void> {
  await visitor.open(linkInMail(await latestMail(email)));
  await visitor.submit('/change-address');
}

const subjectsTo = async (email: string) => {
  await runJobs();
  return (await listCapturedMails()).filter(({ to }) => to === email).map(({ subject }) => subject);
};
const emailOf = async ({ id }: Account) => (await Account.findByPk(id))?.email;

describe('a member who changes their address', () => {
  it('proves the new mailbox; until then nothing changes', async () => {
    await ask();
    expect(member.page.text).toContain(`We’ve sent a link to ${newEmail}. Open it by`);
    expect(await emailOf(account)).toBe(oldEmail);
    const mail = await latestMail(newEmail);
    expect(mail.text).toContain(`You asked to use ${newEmail} for your account`);
    expect(mail.text).not.toContain(oldEmail);
    await member.open(linkInMail(mail));
    expect(member.page.text).toContain(`Until now${oldEmail}`);
    expect(await emailOf(account)).toBe(oldEmail);
    await member.submit('/change-address');
    expect([member.page.path, await emailOf(account)]).toEqual(['/account', newEmail]);
    expect(member.page.text).toContain(`You now sign in with ${newEmail}.`);
    expect((await newVisitor().signIn(newEmail, validPassword)).path).toBe('/home');
    expect((await newVisitor().signIn(oldEmail, validPassword)).status).toBe(422);
    await member.open(linkInMail(mail));
    expect([member.page.status, member.page.$('h1').text()]).toEqual([410, 'This link no longer works']);
  });

  it('must be signed in to confirm, because the link may go to a mistyped address', async () => {
    await ask();
    const stranger = newVisitor();
    await stranger.open(linkInMail(await latestMail(newEmail)));
    expect(stranger.page.path).toBe('/sign-in?returnTo=%2Fchange-address');
    expect((await stranger.post('/change-address')).headers.location).toContain('/sign-in');
    expect(await emailOf(account)).toBe(oldEmail);
    await stranger.submit('/sign-in', { email: oldEmail, password: validPassword });
    expect(stranger.page.path).toBe('/change-address');
    await stranger.submit('/change-address');
    expect(await emailOf(account)).toBe(newEmail);
  });

  it('is signed out everywhere else, and earlier password links stop working', async () => {
    const elsewhere = newVisitor();
    await elsewhere.signIn(oldEmail, validPassword);
    await newVisitor().postAndFollow('/forgot-password', { email: oldEmail });
    const reset = linkInMail(await latestMail(oldEmail));
    await ask();
    await confirm();
    expect((await elsewhere.open('/account')).path).toContain('/sign-in');
    expect((await member.open('/account')).path).toBe('/account');
    expect((await newVisitor().open(reset)).status).toBe(410);
  });

  it('confirms a recent sign-in first', async () => {
    await ageSignIns();
    expect((await member.open('/account/address')).path).toBe('/account/confirm');
  });

  it('gets the same answer for an address that has an account, whose owner is told', async () => {
    const taken = await createTestAccount(newEmail, null, 'Kofi Mensah');
    await ask();
    const answer = member.page.text;
    expect(answer).toContain(`We’ve sent a link to ${newEmail}. Open it by`);
    const mail = await latestMail(newEmail);
    expect(mail.subject).toContain('You already have an account');
    expect(mail.text + mail.html).not.toMatch(new RegExp(`${oldEmail}|Amma`));
    expect([await emailOf(account), await emailOf(taken)]).toEqual([oldEmail, newEmail]);
  });

  it('can’t use an address that has got an account meanwhile', async () => {
    await ask();
    const link = linkInMail(await latestMail(newEmail));
    await createTestAccount(newEmail);
    await member.open(link);
    const answer = await member.post('/change-address');
    expect([answer.status, await emailOf(account)]).toEqual([409, oldEmail]);
  });

  it('asks at most five times a day, and only the newest link works', async () => {
    await ask();
    const first = linkInMail(await latestMail(newEmail));
    const other = `other-${uniqueAddress()}`;
    await ask(other);
    expect((await member.open(first)).status).toBe(410);
    for (let count = 2; count < 5; count += 1) await ask(other);
    await ask(other);
    expect(member.page.status).toBe(429);
  });

  it.each([
    ['nonsense', 'E-mail address'],
    ['', 'E-mail address'],
  ])('sees what is wrong with “%s”, and loses nothing', async (typed) => {
    await ask(typed);
    expect(member.page.status).toBe(422);
    expect(member.page.$('input[name=email]').val()).toBe(typed);
  });

  it('can’t use the present address', async () => {
    await ask(oldEmail.toUpperCase());
    expect(member.page.text).toContain('This is the address you already use');
  });

  it('can’t use a guardian’s address as a minor', async () => {
    const minor = await registerMinor(`minor-${uniqueAddress()}`);
    await minor.open('/account/address');
    await minor.submit('/account/address', { email: 'Gita@example.org' });
    expect(minor.page.status).toBe(422);
    expect(minor.page.text).toContain('This is the address of your parent or guardian');
  });
});

describe('what moves with an address', () => {
  it('is the claimed record, which keeps the old address, and nobody else’s', async () => {
    const own = await createTestRecord(oldEmail);
    const sibling = await createTestRecord(oldEmail, { lastName: 'Boateng' });
    await matchAccount(account.id, own, command);
    await ask();
    await confirm();
    const records = await queryRows(
      'select id::text, email, other_emails from alumni_members where id = any($1) order by id',
      [[own, sibling]],
    );
    expect(records).toEqual([
      { id: own, email: newEmail, other_emails: oldEmail },
      { id: sibling, email: oldEmail, other_emails: null },
    ]);
  });

  it('are open invitations, with links that keep working, and requests of groups', async () => {
    const { invitation, url } = await createTestInvitation(oldEmail);
    await ask();
    await confirm();
    expect(await queryRow('select email from invitations where id = $1', [invitation.id])).toEqual({
      email: newEmail,
    });
    expect((await member.open(url)).path).toMatch(/^\/(register|home)/);
    expect(member.page.status).toBe(200);
  });

  it('is no suppression: a bounce of the old address doesn’t stop mail to the new one', async () => {
    await suppress([{ email: oldEmail, kind: 'bounced' }], command);
    await ask();
    await confirm();
    await newVisitor().postAndFollow('/forgot-password', { email: newEmail });
    expect((await latestMail(newEmail)).subject).toContain('Choose a new password');
  });
});

describe('the old mailbox', () => {
  it('is told, and can undo the change for seven days; then the password no longer works', async () => {
    await ask();
    await confirm();
    const mail = await latestMail(oldEmail);
    expect(mail.subject).toContain('Your address was changed');
    expect(mail.text).not.toContain(newEmail);
    const owner = newVisitor();
    await owner.open(linkInMail(mail));
    expect(owner.page.path).toBe('/undo-address-change');
    expect(await emailOf(account)).toBe(newEmail);
    await owner.submit('/undo-address-change');
    expect([owner.page.path, await emailOf(account)]).toEqual(['/sign-in', oldEmail]);
    expect((await member.open('/account')).path).toContain('/sign-in');
    expect((await newVisitor().signIn(oldEmail, validPassword)).status).toBe(422);
    expect((await latestMail(oldEmail)).subject).toContain('Choose a new password');
    expect((await subjectsTo(newEmail)).some((subject) => subject.includes('changed back'))).toBe(true);
    expect((await owner.open(linkInMail(mail))).status).toBe(410);
  });

  it('undoes later changes too', async () => {
    await ask();
    await confirm();
    const undo = linkInMail(await latestMail(oldEmail));
    const third = `third-${uniqueAddress()}`;
    await ask(third);
    await confirm(member, third);
    expect(await emailOf(account)).toBe(third);
    const owner = newVisitor();
    await owner.open(undo);
    await owner.submit('/undo-address-change');
    expect(await emailOf(account)).toBe(oldEmail);
    const second = linkInMail(await latestMail(newEmail));
    expect((await newVisitor().open(second)).status).toBe(410);
  });

  it('can’t undo it after seven days', async () => {
    await ask();
    await confirm();
    const undo = linkInMail(await latestMail(oldEmail));
    await queryRows(
      `update address_changes set confirmed_at = now() - interval '7 days 1 minute' where account_id = $1`,
      [account.id],
    );
    expect((await newVisitor().open(undo)).status).toBe(410);
  });

  it('gives back records and invitations', async () => {
    const record = await createTestRecord(oldEmail);
    await matchAccount(account.id, record, command);
    await ask();
    await confirm();
    const owner = newVisitor();
    await owner.open(linkInMail(await latestMail(oldEmail)));
    await owner.submit('/undo-address-change');
    expect(await queryRow('select email, other_emails from alumni_members where id = $1', [record])).toEqual({
      email: oldEmail,
      other_emails: newEmail,
    });
  });
});

describe('staff who change an address', () => {
  async function changeByStaff(fields: Record<string, string>): Promise<Visitor> {
    const admin = await signInStaff('admin');
    await admin.open(`/admin/people/${account.id}/address`);
    await admin.submit(`/admin/people/${account.id}/address`, fields);
    return admin;
  }

  it('give a reason; the new mailbox confirms it without the password, the old one is told', async () => {
    const admin = await changeByStaff({ email: newEmail, reason: 'Rang from the number on file' });
    expect(admin.page.text).toContain(`We’ve sent a link to ${newEmail}.`);
    expect(await emailOf(account)).toBe(oldEmail);
    expect((await latestMail(oldEmail)).subject).toContain('Your address is going to change');
    const person = newVisitor();
    await confirm(person);
    expect([person.page.path, await emailOf(account)]).toEqual(['/sign-in', newEmail]);
    expect(person.page.$('input[name=email]').val()).toBe(newEmail);
    const events = await queryRows<{ action: string; detail: { reason?: string } }>(
      `select action, detail from audit_events where subject_type = 'account' and subject_id = $1
       and action like 'account.address%' order by id`,
      [account.id],
    );
    expect(events.map(({ action }) => action)).toEqual([
      'account.address-change-started',
      'account.address-changed',
    ]);
    expect(events[0]?.detail.reason).toBe('Rang from the number on file');
  });

  it('can be stopped from the old mailbox', async () => {
    await changeByStaff({ email: newEmail, reason: 'A letter' });
    const confirmation = linkInMail(await latestMail(newEmail));
    const owner = newVisitor();
    await owner.open(linkInMail(await latestMail(oldEmail)));
    await owner.submit('/undo-address-change');
    expect(owner.page.text).toContain(`Your account stays with ${oldEmail}.`);
    expect((await newVisitor().open(confirmation)).status).toBe(410);
    expect(await emailOf(account)).toBe(oldEmail);
  });

  it('see what is wrong, and lose nothing', async () => {
    const admin = await changeByStaff({ email: newEmail, reason: '' });
    expect(admin.page.status).toBe(422);
    expect(admin.page.text).toContain('Enter how you know that the address is theirs');
    expect(admin.page.$('input[name=email]').val()).toBe(newEmail);
    await createTestAccount(newEmail);
    const again = await changeByStaff({ email: newEmail, reason: 'A letter' });
    expect(again.page.status).toBe(422);
    expect((await findAccountByEmail(newEmail))?.id).not.toBe(account.id);
  });
});

it('of two confirmations at the same time, one wins', async () => {
  await ask();
  await member.open(linkInMail(await latestMail(newEmail)));
  const answers = await Promise.all([member.post('/change-address'), member.post('/change-address')]);
  expect(answers.filter(({ headers }) => headers.location === '/account')).toHaveLength(1);
  const changed = await queryRows(
    `select 1 from audit_events where action = 'account.address-changed' and subject_id = $1`,
    [account.id],
  );
  expect(changed).toHaveLength(1);
});

describe('someone who can’t read mail at their account’s address', () => {
  async function write(email: string): Promise<Visitor> {
    const visitor = newVisitor();
    await visitor.open('/forgot-password');
    await visitor.follow('I can’t read e-mails at this address any more');
    const fields = { email, newEmail, name: 'Amma Owusu', lastYear: '2002' };
    await visitor.submit('/forgot-password/mailbox-lost', fields);
    return visitor;
  }

  it('writes to the office; known and unknown addresses get the same answer', async () => {
    const known = await write(oldEmail);
    const unknown = await write(`nobody-${uniqueAddress()}`);
    expect(known.page.text).toContain('If they can confirm it, we’ll send a link to your new address.');
    expect(unknown.page.text).toBe(known.page.text);
    expect(await subjectsTo(newEmail)).toEqual([]);
  });

  it('gets a new address once an administrator has checked it', async () => {
    await write(oldEmail);
    const admin = await signInStaff('admin');
    const request = await queryRow<{ id: string }>('select id from invitation_requests where email = $1', [
      oldEmail,
    ]);
    const path = `/admin/requests/${request?.id}`;
    await admin.open(path);
    await admin.submit(`${path}/address-change`, { reason: '' });
    expect(admin.page.text).toContain('Enter how you know that the address is theirs');
    await admin.submit(`${path}/address-change`, { reason: 'Knew the names of three teachers' });
    expect(admin.page.text).toContain(`We’ve sent a link to ${newEmail}.`);
    await confirm(newVisitor());
    expect(await emailOf(account)).toBe(newEmail);
    expect((await admin.open(path)).text).toContain('The change of address was started on');
  });

  it('keeps the requests of several people apart, because anyone can write one', async () => {
    await write(oldEmail);
    const first = newEmail;
    newEmail = `other-${uniqueAddress()}`;
    await write(oldEmail);
    const waiting = await queryRows(
      'select new_email from invitation_requests where email = $1 order by id',
      [oldEmail],
    );
    expect(waiting).toEqual([{ new_email: first }, { new_email: newEmail }]);
  });
});

describe('a mailbox that will close', () => {
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const askedCount = async (email: string) =>
    (await subjectsTo(email)).filter((subject) => subject.startsWith('Your mailbox will close')).length;

  it('is announced by administrators; its members are asked up to three times, others never', async () => {
    const leaver = `leaver-${account.id}@school.example.org`;
    await createTestAccount(leaver);
    const admin = await signInStaff('admin');
    await admin.open('/admin/settings');
    await admin.follow('say when');
    const path = '/admin/settings/closing-mailboxes';
    await admin.submit(path, { domain: 'nonsense', closesOn: '2020-01-01' });
    expect(admin.page.status).toBe(422);
    expect(admin.page.text).toContain('Enter a domain like school.example.org');
    expect(admin.page.text).toContain('Enter a day after today');
    await admin.submit(path, { domain: '@School.example.org', closesOn: day(40) });
    expect(admin.page.text).toContain('Members with an address at school.example.org will be asked');
    for (const [daysLeft, asked] of [
      [40, 1],
      [30, 1],
      [20, 2],
      [4, 3],
      [1, 3],
      [-1, 3],
    ] as const) {
      await queryRows('update closing_mail_domains set closes_on = $1', [day(daysLeft)]);
      await Promise.all([askForOtherAddresses(), askForOtherAddresses()]);
      expect([daysLeft, await askedCount(leaver)]).toEqual([daysLeft, asked]);
    }
    expect(await askedCount(oldEmail)).toBe(0);
    await queryRows('update closing_mail_domains set closes_on = $1', [day(30)]);
    const visitor = newVisitor();
    expect((await visitor.signIn(leaver, validPassword)).text).toContain('This mailbox will close on');
    await admin.open(path);
    await admin.submit(`${path}/removal`);
    expect((await visitor.open('/home')).text).not.toContain('This mailbox will close on');
  });
});
