import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RequesterDetails, requestHelp } from '../../src/invitations/requests/help-request.ts';
import { inviteAtNewAddress } from '../../src/invitations/requests/help-resolution.ts';
import type { HelpKind } from '../../src/invitations/requests/invitation-request.ts';
import { listCapturedMails } from '../../src/platform/mail/captured-mail.ts';
import { listActiveSuppressions, suppress } from '../../src/platform/mail/suppressions.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  latestMail,
  linkInMail,
  newVisitor,
  runJobs,
  signInStaff,
  uniqueAddress,
  validPassword,
} from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';

let admin: Visitor;
let support: Visitor;

beforeAll(async () => {
  admin = await signInStaff('admin');
  support = await signInStaff('support');
});
beforeEach(() => queryRows('delete from rate_limits'));

const visitorActor = { kind: 'visitor', ip: null, requestId: null } as const;

/** Someone asks for help with an invitation. @returns the path of the request */
async function ask(
  kind: HelpKind,
  details: RequesterDetails,
  { email = uniqueAddress(), delivery = 'mail' as 'mail' | 'link' } = {},
) {
  const { invitation } = await createTestInvitation(email, { delivery });
  await requestHelp(kind, { email, invitationId: invitation.id }, details, visitorActor);
  return { email, invitation, path: await pathOfRequest(email) };
}

async function pathOfRequest(email: string): Promise<string> {
  const found = await queryRow<{ id: string }>(
    'select id from invitation_requests where email = $1 order by id desc limit 1',
    [email],
  );
  return `/admin/requests/${found?.id}`;
}

const stateOf = (path: string) =>
  queryRow(
    `select r.resolution, r.corrected_email as "sentTo", a.email as by from invitation_requests r
     left join accounts a on a.id = r.resolved_by where r.id = $1`,
    [path.split('/').at(-1)],
  );
const recordOf = (id: string) =>
  queryRow(
    `select first_name as "firstName", last_name as "lastName", former_name as "formerName", email, email_of as "emailOf"
     from alumni_members where id = $1`,
    [id],
  );
const eventsOf = async (subject: string, id: string) =>
  (
    await queryRows<{ action: string; detail: object }>(
      'select action, detail from audit_events where subject_type = $1 and subject_id = $2 order by id',
      [subject, id],
    )
  ).map(({ action, detail }) => [action, detail]);
const mailsTo = async (email: string) => {
  await runJobs();
  return (await listCapturedMails()).filter(({ to }) => to === email);
};

describe('a request for an invitation to another address', () => {
  it('shows what the person wrote, the invitation, and the records that may be theirs', async () => {
    await createTestRecord('celik@matches.example', { lastName: 'Çelik', batch: 1998 });
    const { path, invitation } = await ask('shared-address', {
      newEmail: 'ayse@own.example',
      name: 'Amma Celik',
      lastYear: 1998,
      center: 'harbour',
    });
    const page = await support.open(path);
    for (const text of [
      'Amma Celik',
      '1998',
      'harbour',
      'ayse@own.example',
      'We haven’t checked any of this',
    ])
      expect(page.text).toContain(text);
    expect(page.$(`.actions a[href="/admin/invitations/${invitation.id}"]`)).toHaveLength(1);
    expect(page.$('tbody tr').text()).toMatch(/Amma Çelik.*same name · same batch · same center/s);
    expect(decodeURIComponent(page.$('a[href^="mailto:ayse@own.example"]').attr('href') ?? '')).toContain(
      invitation.reference,
    );
    expect(page.text).toContain('Only an administrator can change records or invite people');
    expect(page.$('form[action$="/invitation"]')).toHaveLength(0);
  });

  it('invites the new address, with the record that staff chose, so that the person can claim it', async () => {
    const family = uniqueAddress();
    const recordId = await createTestRecord(family, { lastName: 'Adeyemi' });
    await queryRows(`update alumni_members set email_of = 'guardian' where id = $1`, [recordId]);
    const newEmail = uniqueAddress();
    const { path } = await ask('shared-address', { newEmail, name: 'Amma Adeyemi' }, { email: family });
    await admin.open(path);
    const done = await admin.submit(`${path}/invitation`, { recordId });
    expect(done.text).toContain(`An invitation is on its way to ${newEmail}`);
    expect(await stateOf(path)).toEqual({ resolution: 'invited', sentTo: newEmail, by: 'admin@example.org' });
    expect(await recordOf(recordId)).toMatchObject({ email: newEmail, emailOf: null });
    expect(await eventsOf('alumni-record', recordId)).toEqual([
      ['alumni-record.changed', { columns: ['email'] }],
    ]);
    const visitor = newVisitor();
    const page = await visitor.open(linkInMail(await latestMail(newEmail)));
    expect(page.text).toContain('Found 1 alumni record');
    expect((await support.open(path)).text).toContain(`Sent to ${newEmail}`);
  });

  it('leaves records and the first invitation alone if no record is theirs', async () => {
    const newEmail = uniqueAddress();
    const { path, invitation, email } = await ask('shared-address', { newEmail, name: 'Someone New' });
    await admin.open(path);
    const missing = await admin.submit(`${path}/invitation`);
    expect(missing.status).toBe(422);
    expect(missing.text).toContain('Choose a record');
    await admin.submit(`${path}/invitation`, { recordId: 'none' });
    expect(await mailsTo(newEmail)).toHaveLength(1);
    expect(
      await queryRow('select email, revoked_at as revoked from invitations where id = $1', [invitation.id]),
    ).toEqual({ email, revoked: null });
  });

  it('moves the open invitation of someone who lost the address', async () => {
    const newEmail = uniqueAddress();
    const { path, invitation, email } = await ask(
      'address-lost',
      { newEmail, name: 'Tunde Bello' },
      { delivery: 'link' },
    );
    const page = await admin.open(path);
    expect(page.text).toContain(`Send the invitation to ${newEmail} instead`);
    await admin.submit(`${path}/invitation`, { recordId: 'none' });
    expect(await queryRow('select email from invitations where id = $1', [invitation.id])).toEqual({
      email: newEmail,
    });
    expect(linkInMail(await latestMail(newEmail))).toContain('token=');
    expect(await mailsTo(email)).toHaveLength(0);
    expect(await stateOf(path)).toMatchObject({ resolution: 'invited', sentTo: newEmail });
  });

  it('doesn’t move an invitation that gives a staff role', async () => {
    const { path, invitation } = await ask('address-lost', { newEmail: uniqueAddress(), name: 'Staff' });
    await queryRows(`update invitations set staff_role = 'admin' where id = $1`, [invitation.id]);
    const page = await admin.open(path);
    expect(page.$(`a[href="/admin/invitations/${invitation.id}/address"]`)).toHaveLength(1);
    expect(page.$('form[action$="/invitation"]')).toHaveLength(0);
    const sent = await admin.post(`${path}/invitation`, { ...(await signedInAs()), recordId: 'none' });
    expect(sent.status).toBe(409);
  });

  it('overrides only the warnings that staff have seen', async () => {
    const { email: newEmail } = await createTestAccount(uniqueAddress(), null, 'Has Account');
    const { path } = await ask('shared-address', { newEmail, name: 'Has Account' });
    const unseen = await admin.post(`${path}/invitation`, { ...(await signedInAs()), recordId: 'none' });
    expect(unseen.status).toBe(422);
    expect(unseen.text).toContain('already has an account');
    expect(await mailsTo(newEmail)).toHaveLength(0);
    const page = await admin.open(path);
    expect(page.text).toContain(`Invite them at ${newEmail} anyway`);
    await admin.submit(`${path}/invitation`, { recordId: 'none' });
    expect(await stateOf(path)).toMatchObject({ resolution: 'invited' });
  });

  it('never writes to a suppressed address', async () => {
    const newEmail = uniqueAddress();
    await suppress([{ email: newEmail, kind: 'unsubscribed', reason: 'asked' }], { kind: 'system' });
    const recordId = await createTestRecord(uniqueAddress(), { lastName: 'Silent' });
    const { path } = await ask('shared-address', { newEmail, name: 'Amma Silent' });
    expect((await admin.open(path)).text).toContain('We can’t write to this address');
    const sent = await admin.post(`${path}/invitation`, { ...(await signedInAs()), recordId });
    expect(sent.status).toBe(422);
    expect(await mailsTo(newEmail)).toHaveLength(0);
    expect(await listActiveSuppressions(newEmail)).toHaveLength(1);
    expect(await recordOf(recordId)).not.toMatchObject({ email: newEmail });
  });

  it('doesn’t give a record away that someone has claimed', async () => {
    const recordId = await createTestRecord(uniqueAddress(), { lastName: 'Taken' });
    const owner = await createTestAccount(uniqueAddress());
    await queryRows(
      `insert into profiles (account_id, alumni_member_id, relationship, policy_version) values ($1, $2, 'self', 1)`,
      [owner.id, recordId],
    );
    const { path } = await ask('shared-address', { newEmail: uniqueAddress(), name: 'Amma Taken' });
    const page = await admin.open(path);
    expect(page.text).toContain('Amma Taken');
    expect(page.$(`input[value="${recordId}"]`)).toHaveLength(0);
    const sent = await admin.post(`${path}/invitation`, { ...(await signedInAs()), recordId });
    expect(sent.status).toBe(409);
    expect(await stateOf(path)).toMatchObject({ resolution: null });
  });

  it('is answered once, by administrators only', async () => {
    const newEmail = uniqueAddress();
    const { path } = await ask('shared-address', { newEmail, name: 'Race' });
    const id = path.split('/').at(-1) ?? '';
    const approval = { recordId: null, override: [] } as const;
    const staff = await queryRows<{ id: string; role: string }>(
      'select id, staff_role as role from accounts where staff_role is not null',
    );
    const actorFor = (role: string) => ({
      ...({ kind: 'account', ip: null, requestId: null } as const),
      accountId: staff.find((one) => one.role === role)?.id ?? '',
    });
    await expect(inviteAtNewAddress(id, approval, actorFor('support'))).rejects.toThrow('administrator');
    const ends = await Promise.allSettled(
      [1, 2, 3, 4].map(() => inviteAtNewAddress(id, approval, actorFor('admin'))),
    );
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await mailsTo(newEmail)).toHaveLength(1);
  });
});

async function signedInAs() {
  await admin.open('/admin/requests');
  const { $ } = await admin.open('/account');
  return { signedInAs: String($('[name=signedInAs]').first().val()) };
}

describe('a request about a changed name', () => {
  it('changes the name on the record and keeps the former one, which searches find', async () => {
    const recordId = await createTestRecord(uniqueAddress(), { lastName: 'Ezenwa', batch: 1998 });
    const { path, email } = await ask('name-changed', {
      schoolName: 'Amma Ezenwa',
      name: 'Amma Grace Lindqvist',
      lastYear: 1998,
    });
    await admin.open(path);
    expect(admin.page.$('#firstName').val()).toBe('Amma Grace');
    expect((await admin.submit(`${path}/name`, { recordId, lastName: '' })).status).toBe(422);
    expect(admin.page.$('#firstName').val()).toBe('Amma Grace');
    await admin.submit(`${path}/name`, { recordId, lastName: 'Lindqvist' });
    expect(await recordOf(recordId)).toMatchObject({
      ...{ firstName: 'Amma Grace', lastName: 'Lindqvist', formerName: 'Amma Ezenwa', email },
    });
    expect(await stateOf(path)).toMatchObject({ resolution: 'record-changed' });
    expect((await admin.open('/admin/alumni?q=ezenwa')).text).toContain('Amma Grace Lindqvist');
  });

  it('leads to matching if the person has registered', async () => {
    const schoolName = 'Amma Wahlberg';
    const recordId = await createTestRecord(uniqueAddress(), { lastName: 'Wahlberg' });
    const { path, email } = await ask('name-changed', { schoolName, name: 'Amma Married' });
    const account = await createTestAccount(email, null, 'Amma Married');
    await admin.open(path);
    const page = await admin.follow('Match their account with a record');
    const match = `/admin/alumni/unmatched/${account.id}/match/${recordId}`;
    expect(page.$(`a[href="${match}"]`).length).toBeGreaterThan(0);
    await admin.open(match);
    await admin.submit(match);
    expect(await stateOf(path)).toMatchObject({ resolution: 'matched', by: 'admin@example.org' });
  });
});

describe('a request to find a record', () => {
  it('is resolved by matching the account', async () => {
    const email = uniqueAddress();
    const account = await createTestAccount(email, null, 'Amma Findme');
    const recordId = await createTestRecord(uniqueAddress(), { lastName: 'Findme-Before' });
    const member = newVisitor();
    await member.signIn(email, validPassword);
    await member.open('/home/find-record');
    await member.submit('/home/find-record', { schoolName: 'Amma Findme-Before', lastYear: '2002' });
    const path = await pathOfRequest(email);
    expect((await support.open(path)).text).toContain('This member asked us');
    const match = `/admin/alumni/unmatched/${account.id}/match/${recordId}`;
    await admin.open(path);
    await admin.follow('Match their account with a record');
    await admin.open(match);
    await admin.submit(match);
    expect(await stateOf(path)).toMatchObject({ resolution: 'matched' });
    expect((await member.open('/home')).text).toContain('Amma Findme-Before');
  });
});

describe('a request of someone from another school', () => {
  it('offers revoking, and can be dismissed by support, without a mail', async () => {
    const { path, invitation, email } = await ask('wrong-school', { note: 'Never been there' });
    const page = await admin.open(path);
    expect(page.text).toContain('Never been there');
    expect(page.$(`a[href="/admin/invitations/${invitation.id}/revocation"]`)).toHaveLength(1);
    const before = await mailsTo(email);
    await support.open(path);
    await support.submit(`${path}/dismissal`, { reason: 'Told the registry' });
    expect(await stateOf(path)).toMatchObject({ resolution: 'dismissed', by: 'support@example.org' });
    expect(await mailsTo(email)).toHaveLength(before.length);
  });
});

describe('the list of requests', () => {
  it('is filtered by kind and state', async () => {
    const { email } = await ask('wrong-school', {});
    const { email: other } = await ask('name-changed', { schoolName: 'Amma Old', name: 'Amma New' });
    const page = await support.open('/admin/requests?kind=wrong-school');
    expect(page.text).toContain(email);
    expect(page.text).not.toContain(other);
    expect(page.$('select[name=kind] option[selected]').val()).toBe('wrong-school');
    expect((await support.open('/admin/requests?kind=nonsense')).status).toBe(200);
    expect((await support.open('/admin/requests?kind=wrong-school&show=resolved')).text).not.toContain(email);
  });

  it('dismisses several requests at once', async () => {
    await queryRows('delete from invitation_requests');
    const asked = [
      await ask('wrong-school', {}),
      await ask('wrong-school', {}),
      await ask('wrong-school', {}),
    ];
    const [first, second, third] = asked.map(({ path }) => path.split('/').at(-1));
    const chosen = { [`requests[${first}]`]: 'yes', [`requests[${second}]`]: 'yes' };
    await support.open('/admin/requests');
    expect((await support.submit('/admin/requests/dismissals', { reason: 'Spam' })).text).toContain(
      'Choose the requests to dismiss',
    );
    const page = await support.submit('/admin/requests/dismissals', { ...chosen, reason: '' });
    expect(page.status).toBe(422);
    expect(page.$(`input[name="requests[${first}]"][checked]`)).toHaveLength(1);
    const done = await support.submit('/admin/requests/dismissals', { ...chosen, reason: 'Spam' });
    expect(done.text).toContain('2 requests were dismissed');
    expect(await queryRows('select id from invitation_requests where resolved_at is null')).toEqual([
      { id: third },
    ]);
  });
});

describe('the diagnosis of a person', () => {
  it.each<[HelpKind, RequesterDetails, string]>([
    ['name-changed', { schoolName: 'A B', name: 'A C' }, 'that their name has changed'],
    ['shared-address', { newEmail: 'x@own.example', name: 'A C' }, 'someone who shares an address'],
    ['wrong-school', {}, 'that this isn’t their school'],
    ['address-lost', { newEmail: 'y@own.example', name: 'A C' }, 'can’t read e-mails at the invited address'],
  ])('mentions an open request: %s', async (kind, details, text) => {
    const { email, path } = await ask(kind, details);
    for (const address of [email, details.newEmail ?? email]) {
      const page = await support.open(`/admin/help/person?email=${address}`);
      expect(page.text).toContain(text);
      expect(page.$(`a[href="${path}"]`).length).toBeGreaterThan(0);
    }
  });
});

describe('the link to write to the office', () => {
  it('has the reference of the page as its subject', async () => {
    const { $ } = await newVisitor().open('/register?token=damaged');
    const reference = $('.reference').text();
    expect($('a[href^="mailto:"]').attr('href')).toMatch(new RegExp(`\\?subject=${reference}$`));
  });
});
