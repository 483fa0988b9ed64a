import { beforeEach, describe, expect, it } from 'vitest';
import { sendInvitationReminders } from '../../src/invitations/reminders.ts';
import { listCapturedMails } from '../../src/platform/mail/captured-mail.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  newVisitor,
  runJobs,
  uniqueAddress,
  validPassword,
} from '../support/fixtures.ts';
import type { VisitedPage, Visitor } from '../support/visitor.ts';

beforeEach(() => queryRows('delete from rate_limits'));

async function openInvitation(delivery: 'mail' | 'link' = 'mail') {
  const email = uniqueAddress();
  const { url, invitation } = await createTestInvitation(email, { delivery });
  const visitor = newVisitor();
  await visitor.open(url);
  return { email, url, invitation, visitor };
}

async function send(visitor: Visitor, kind: string, fields: Record<string, string>): Promise<VisitedPage> {
  await visitor.open(`/register/help/${kind}`);
  return visitor.submit(`/register/help/${kind}`, fields);
}

type Stored = Record<string, unknown> & { id: string };

const requestsOf = (email: string) =>
  queryRows<Stored>(
    `select id, kind, name, school_name as "schoolName", last_year as "lastYear", center, new_email as "newEmail", note,
       request_count as "requestCount", invitation_id as "invitationId", resolution
     from invitation_requests where email = $1 order by id`,
    [email],
  );

const errorsOn = ({ $ }: VisitedPage) =>
  $('.error-summary li')
    .get()
    .map((one) => $(one).text().trim());

describe('“Something not right?”', () => {
  it('leads from the invitation to the ways on', async () => {
    const { visitor, invitation } = await openInvitation();
    const page = await visitor.follow('Something not right?');
    expect(page.status).toBe(200);
    expect(page.$('a[href^="mailto:"]').attr('href')).toContain(`?subject=${invitation.reference}`);
    for (const way of ['My name has changed', 'I share this address', 'This isn’t my school'])
      expect(page.$(`main a:contains("${way}")`)).toHaveLength(1);
  });

  it('needs an opened invitation, and knows no other kinds', async () => {
    expect((await newVisitor().open('/register/help')).text).toContain('Open the link in your e-mail again');
    const { visitor } = await openInvitation();
    for (const kind of ['find-record', 'new-link', 'deceased', 'none'])
      expect((await visitor.open(`/register/help/${kind}`)).status).toBe(404);
  });

  it('asks the holder of a shared link for the code first', async () => {
    const { visitor } = await openInvitation('link');
    for (const path of ['', '/name-changed', '/shared-address', '/wrong-school'])
      expect((await visitor.open(`/register/help${path}`)).text).toContain('Is this your e-mail address?');
  });
});

describe('“My name has changed”', () => {
  it('stores what staff need, and the person can still register', async () => {
    const { visitor, email, invitation } = await openInvitation();
    const answer = await send(visitor, 'name-changed', {
      schoolName: ' Ngozi Eze ',
      name: 'Ngozi Okafor',
      lastYear: '1998',
      center: 'Alder Hill',
    });
    expect(answer.text).toContain('You can register now');
    expect(await requestsOf(email)).toMatchObject([
      {
        ...{ kind: 'name-changed', schoolName: 'Ngozi Eze', name: 'Ngozi Okafor', lastYear: 1998 },
        ...{ center: 'Alder Hill', newEmail: null, invitationId: invitation.id, resolution: null },
      },
    ]);
    const home = await visitor.submit('/register', { name: 'Ngozi Okafor', password: validPassword });
    expect(home.path).toBe('/home');
  });

  it('shows mistakes with everything that was typed', async () => {
    const { visitor, email } = await openInvitation();
    const page = await send(visitor, 'name-changed', {
      schoolName: '',
      name: 'Ngozi',
      lastYear: '98',
      center: 'X',
    });
    expect(page.status).toBe(422);
    expect(errorsOn(page)).toEqual([
      'Enter the name you had at school',
      'Enter the year with four digits, such as 1998, or leave this empty',
    ]);
    expect(page.$('#name').val()).toBe('Ngozi');
    expect(page.$('#lastYear').val()).toBe('98');
    expect(page.$('#center').val()).toBe('X');
    expect(await requestsOf(email)).toEqual([]);
  });

  it('replaces what an open request says', async () => {
    const { visitor, email } = await openInvitation();
    await send(visitor, 'name-changed', { schoolName: 'Wrong Name', name: 'Ngozi', center: 'Harbour' });
    await send(visitor, 'name-changed', { schoolName: 'Right Name', name: 'Ngozi' });
    expect(await requestsOf(email)).toMatchObject([
      { schoolName: 'Right Name', center: null, requestCount: 2 },
    ]);
  });

  it('keeps what was typed when the session has ended', async () => {
    const { visitor, url, invitation } = await openInvitation();
    await visitor.open('/register/help/name-changed');
    const other = newVisitor();
    const fields = { invitation: invitation.id, schoolName: 'Ngozi Eze', name: 'Ngozi' };
    expect((await other.postAndFollow('/register/help/name-changed', fields)).text).toContain('timed out');
    await other.open(url);
    const page = await other.open('/register/help/name-changed');
    expect(page.$('#schoolName').val()).toBe('Ngozi Eze');
    expect(page.text).toContain('We’ve kept what you entered');
    await other.submit('/register/help/name-changed');
    expect((await other.open('/register/help/name-changed')).$('#schoolName').val()).toBe('');
  });
});

describe('“I share this address”', () => {
  it('gives the same answer whatever we know about the new address, and changes nothing', async () => {
    const member = (await createTestAccount(uniqueAddress())).email;
    const onFile = uniqueAddress();
    await createTestRecord(onFile);
    const answers = [];
    for (const newEmail of [member, onFile, uniqueAddress()]) {
      const { visitor } = await openInvitation();
      const page = await send(visitor, 'shared-address', { newEmail, name: 'Kemi Okafor' });
      answers.push([page.status, page.$('main').text()]);
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toHaveLength(1);
    await runJobs();
    expect((await listCapturedMails()).filter(({ to }) => [member, onFile].includes(to))).toEqual([]);
  });

  it('is offered to someone whose address has an account already', async () => {
    const email = uniqueAddress();
    await createTestAccount(email);
    const visitor = newVisitor();
    await visitor.open((await createTestInvitation(email)).url);
    await visitor.follow('Ask for an invitation to your own address');
    const newEmail = uniqueAddress();
    const page = await visitor.submit('/register/help/shared-address', {
      newEmail,
      name: 'Kemi',
      lastYear: '2004',
    });
    expect(page.text).toContain('This invitation stays as it is');
    expect(await requestsOf(email)).toMatchObject([{ newEmail, name: 'Kemi', lastYear: 2004 }]);
  });

  it('keeps the requests of two people apart', async () => {
    const { visitor, email } = await openInvitation();
    for (const newEmail of ['kemi@own.example', 'sade@own.example', 'KEMI@own.example'])
      await send(visitor, 'shared-address', { newEmail, name: newEmail.slice(0, 4) });
    expect(await requestsOf(email)).toMatchObject([{ name: 'KEMI' }, { name: 'sade' }]);
  });

  it('refuses the shared address itself, and what is no address', async () => {
    const { visitor, email } = await openInvitation();
    const same = await send(visitor, 'shared-address', { newEmail: email.toUpperCase(), name: 'Kemi' });
    expect(errorsOn(same)).toEqual(['This is the address you share. Enter your own']);
    expect((await send(visitor, 'shared-address', { newEmail: 'kemi', name: 'Kemi' })).status).toBe(422);
    expect(await requestsOf(email)).toEqual([]);
  });

  it('tells young people what works', async () => {
    const { visitor } = await openInvitation();
    expect((await visitor.open('/register/help/shared-address')).text).toContain(
      'Ask your parent to register with this one and choose “This is my child” for you',
    );
  });
});

describe('“This isn’t my school”', () => {
  it('says what happens, ends the reminders, and offers declining', async () => {
    const { visitor, email, invitation } = await openInvitation();
    const page = await send(visitor, 'wrong-school', { note: 'I was at another\nschool' });
    expect(page.text).toContain('We won’t remind you of this invitation');
    expect(await requestsOf(email)).toMatchObject([
      { kind: 'wrong-school', note: 'I was at another\nschool' },
    ]);
    await queryRows('update settings set remind_days_before = 3');
    await queryRows(
      `update invitations set created_at = now() - interval '6 days', expires_at = now() + interval '1 day' where id = $1`,
      [invitation.id],
    );
    await sendInvitationReminders();
    await runJobs();
    expect((await listCapturedMails()).filter(({ to }) => to === email)).toHaveLength(1);
    expect((await visitor.follow('Decline the invitation')).path).toContain('/register/decline');
  });

  it('needs no note', async () => {
    const { visitor, email } = await openInvitation();
    await send(visitor, 'wrong-school', {});
    expect(await requestsOf(email)).toMatchObject([{ kind: 'wrong-school', note: null }]);
  });
});

describe('“I can’t read e-mails at this address any more”', () => {
  it('is for the holder of a shared link, who recognises the address', async () => {
    const { visitor, email } = await openInvitation('link');
    const [local = '', domain = ''] = email.split('@');
    expect(visitor.page.text).toContain(`${local[0]}•••@${domain}`);
    const form = await visitor.follow('I can’t read e-mails at this address any more');
    expect(form.text).toContain(`${local[0]}•••@${domain}`);
    expect(form.html).not.toContain(email);
    const newEmail = uniqueAddress();
    const page = await visitor.submit('/register/help/address-lost', { newEmail, name: 'Tunde Bello' });
    expect(page.text).toContain('we’ll e-mail an invitation to your new address');
    expect(await requestsOf(email)).toMatchObject([{ kind: 'address-lost', newEmail, name: 'Tunde Bello' }]);
  });

  it('doesn’t confirm a guess of the address', async () => {
    const { visitor, email } = await openInvitation('link');
    const page = await send(visitor, 'address-lost', { newEmail: email, name: 'Guess' });
    expect(page.status).toBe(200);
    expect(page.path).toContain('/sent');
  });
});

describe('“Help us find your record”', () => {
  async function signInMember() {
    const email = uniqueAddress();
    const account = await createTestAccount(email);
    const visitor = newVisitor();
    await visitor.signIn(email, validPassword);
    return { email, account, visitor };
  }

  it('is offered to a member without a record', async () => {
    const { visitor, email, account } = await signInMember();
    await visitor.open('/home');
    await visitor.follow('Help us find your record');
    expect((await visitor.submit('/home/find-record', { schoolName: ' ' })).status).toBe(422);
    const page = await visitor.submit('/home/find-record', { schoolName: 'Ngozi Eze', lastYear: '1998' });
    expect(page.text).toContain('The alumni office will look for your record');
    expect(await requestsOf(email)).toMatchObject([
      { kind: 'find-record', schoolName: 'Ngozi Eze', lastYear: 1998, invitationId: null },
    ]);
    expect(
      await queryRow('select account_id::text as id from invitation_requests where email = $1', [email]),
    ).toEqual({ id: account.id });
  });

  it('leads home if the member has a record', async () => {
    const { visitor, account } = await signInMember();
    await queryRows(
      `insert into profiles (account_id, alumni_member_id, relationship, policy_version) values ($1, $2, 'self', 1)`,
      [account.id, await createTestRecord(uniqueAddress())],
    );
    expect((await visitor.open('/home/find-record')).path).toBe('/home');
    expect(visitor.page.text).not.toContain('Help us find your record');
  });
});

describe('the limits', () => {
  it('are ten an hour for an invited address, and the form comes back filled in', async () => {
    const { visitor, email } = await openInvitation();
    for (let n = 0; n < 10; n += 1) await send(visitor, 'wrong-school', { note: `note ${n}` });
    const page = await send(visitor, 'wrong-school', { note: 'one too many' });
    expect(page.status).toBe(429);
    expect(page.headers['retry-after']).toMatch(/^\d+$/);
    expect(page.$('#note').val()).toMatch(/^\s*one too many$/);
    expect(await requestsOf(email)).toMatchObject([{ note: 'note 9', requestCount: 10 }]);
  });

  it('are fifty an hour for a network', async () => {
    for (let n = 0; n < 50; n += 1) {
      await queryRows(`delete from rate_limits where key like 'helpRequests:%'`);
      const { visitor } = await openInvitation();
      await send(visitor, 'wrong-school', {});
    }
    expect((await send((await openInvitation()).visitor, 'wrong-school', {})).status).toBe(429);
  });
});
