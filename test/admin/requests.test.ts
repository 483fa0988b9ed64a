import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { approveRequest, dismissRequest } from '../../src/invitations/requests/resolution.ts';
import { declineInvitation } from '../../src/invitations/response.ts';
import { listCapturedMails } from '../../src/platform/mail/captured-mail.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  expireInvitation,
  latestMail,
  linkInMail,
  newVisitor,
  runJobs,
  signInStaff,
} from '../support/fixtures.ts';
import { revoke } from '../support/operations.ts';
import type { VisitedPage, Visitor } from '../support/visitor.ts';

let admin: Visitor;
let support: Visitor;

beforeAll(async () => {
  admin = await signInStaff('admin');
  support = await signInStaff('support');
});

beforeEach(() => queryRows('delete from rate_limits'));

type Stored = {
  id: string;
  resolution: string | null;
  resolverEmail: string | null;
  correctedEmail: string | null;
  reason: string | null;
};

async function asks(email: string): Promise<string> {
  const visitor = newVisitor();
  await visitor.open('/register/new-link');
  await visitor.submit('/register/new-link', { email });
  await runJobs();
  return (await requestOf(email)).id;
}

async function requestOf(email: string): Promise<Stored> {
  const found = await queryRow<Stored>(
    `select r.id, r.resolution, a.email as "resolverEmail", r.corrected_email as "correctedEmail", r.dismissed_reason as reason
     from invitation_requests r left join accounts a on a.id = r.resolved_by where r.email = $1 order by r.id desc limit 1`,
    [email],
  );
  if (!found) throw new Error(`no request of ${email}`);
  return found;
}

async function approval(visitor: Visitor, id: string) {
  const path = `/admin/requests/${id}`;
  await visitor.open(path);
  const hasForm = visitor.page.$(`form[action="${path}/approval"]`).length > 0;
  return visitor.post(`${path}/approval`, hasForm ? visitor.fieldsOf(`${path}/approval`) : {});
}

/** The addresses on the page, in order. */
const waiting = ({ $ }: VisitedPage) =>
  $('main .requests h2')
    .get()
    .map((one) => $(one).text());
const mailsTo = async (email: string) => (await listCapturedMails()).filter(({ to }) => to === email);
const actorFor = async (email: string) => {
  const found = await Account.findOne({ where: { email } });
  return { kind: 'account', accountId: found?.id ?? '', ip: null, requestId: null } as const;
};

describe('open requests', () => {
  it('shows an empty list', async () => {
    expect((await support.open('/admin/requests')).text).toContain('No requests are waiting');
  });

  it('lists requests that need staff, oldest first, with their number in the navigation', async () => {
    await createTestInvitation('open@queue.example');
    await asks('open@queue.example');
    await asks('first@queue.example');
    await asks('second@queue.example');
    await asks('first@queue.example');
    const page = await support.open('/admin/requests');
    expect(waiting(page)).toEqual(['first@queue.example', 'second@queue.example']);
    expect(page.text).toContain('asked 2 times');
    expect(page.$('nav a[href="/admin/requests"]').first().text()).toMatch(/Requests\s*2\b/);
  });

  it('suggests who the person may be, and why', async () => {
    await createTestRecord('amma.owusu@known.example');
    await createTestAccount('member@queue.example', null, 'Kofi Member');
    await asks('amma.owusu@known.example');
    await asks('member@queue.example');
    await asks('amma.owusu@other.example');
    const page = await admin.open('/admin/requests');
    const said = (email: string) => page.$(`li:has(h2:contains("${email}"))`).text();
    expect(said('amma.owusu@known.example')).toContain('The directory has Amma Owusu (Batch 2002, Harbour)');
    expect(said('member@queue.example')).toContain('Kofi Member already has an account with this address');
    expect(said('amma.owusu@other.example')).toMatch(/This may be Amma Owusu.*amma\.owusu@known\.example/s);
    expect(said('first@queue.example')).toContain('We don’t know this address');
  });

  it('suggests no deceased people and no second spelling of the same address', async () => {
    for (const email of ['abena.died@gone.example', 'abena.left@gone.example'])
      await createTestRecord(email, { lastName: email.includes('died') ? 'Died' : 'Left' });
    await queryRows(`update alumni_members set deceased = true where email = 'abena.died@gone.example'`);
    await queryRows(`update alumni_members set active = false where email = 'abena.left@gone.example'`);
    await asks('abena.died@gone.example');
    await asks('abena.left@gone.example');
    const died = await admin.open(`/admin/requests/${(await requestOf('abena.died@gone.example')).id}`);
    expect(died.text).toContain('Marked as deceased in the directory: Amma Died.');
    const left = await admin.open(`/admin/requests/${(await requestOf('abena.left@gone.example')).id}`);
    expect(left.text).toContain('The alumni record with this address is inactive');
    for (const { email, page } of [
      { email: 'abena.died@gone.example', page: died },
      { email: 'abena.left@gone.example', page: left },
    ])
      expect(page.$(`form input[name=email][value="${email}"]`)).toHaveLength(0);
  });
});

describe('many open requests', () => {
  const addresses = Array.from({ length: 11 }, (_, n) => `page${n}@queue.example`);

  beforeEach(async () => {
    await queryRows('delete from invitation_requests');
    for (const email of addresses)
      await queryRows('insert into invitation_requests (email) values ($1)', [email]);
  });
  afterEach(() => queryRows('delete from invitation_requests'));

  it('shows ten per page, forwards and back', async () => {
    const first = await support.open('/admin/requests');
    expect(waiting(first)).toEqual(addresses.slice(0, 10));
    expect(first.$('a[rel=prev]')).toHaveLength(0);
    const second = await support.open(String(first.$('a[rel=next]').attr('href')));
    expect(waiting(second)).toEqual(addresses.slice(10));
    expect(second.$('a[rel=next]')).toHaveLength(0);
    const again = await support.open(String(second.$('a[rel=prev]').attr('href')));
    expect(waiting(again)).toEqual(addresses.slice(0, 10));
  });
});

describe('invitation request', () => {
  it('is approved by support if the address is on file, and then invited', async () => {
    await createTestRecord('kofi@approve.example');
    const answer = await approval(support, await asks('kofi@approve.example'));
    expect(answer.status).toBe(303);
    expect((await support.open('/admin/requests')).text).toContain(
      'An invitation is on its way to kofi@approve.example',
    );
    expect(linkInMail(await latestMail('kofi@approve.example'))).toContain('token=');
    const stored = await requestOf('kofi@approve.example');
    expect(stored).toMatchObject({ resolution: 'invited', resolverEmail: 'support@example.org' });
    const event = await queryRow<{ action: string; detail: object }>(
      `select action, detail from audit_events where subject_type = 'invitation-request' and subject_id = $1`,
      [stored.id],
    );
    expect(event).toMatchObject({ action: 'invitation-request.approved', detail: { resolution: 'invited' } });
  });

  it('resends an open invitation that had reached the daily limit', async () => {
    const { invitation } = await createTestInvitation('often@approve.example');
    await expireInvitation(invitation.id);
    const id = await asks('often@approve.example');
    await queryRows(
      `update invitation_requests set resolved_at = null, resolution = null, invitation_id = null where id = $1 returning id`,
      [id],
    );
    expect((await approval(support, id)).status).toBe(303);
    expect(await requestOf('often@approve.example')).toMatchObject({ resolution: 'resent' });
    await runJobs();
    expect((await mailsTo('often@approve.example')).length).toBeGreaterThan(1);
  });

  it('gets a password reset link if the address has an account', async () => {
    await createTestAccount('has@approve.example');
    await approval(support, await asks('has@approve.example'));
    expect((await latestMail('has@approve.example')).subject).toMatch(/password/i);
    expect(await requestOf('has@approve.example')).toMatchObject({ resolution: 'password-reset' });
  });

  it('lifts the suppression of an unsubscribed address', async () => {
    const { linkId } = await createTestInvitation('mind@approve.example');
    await declineInvitation(linkId, 'stop', { kind: 'system' });
    expect((await approval(support, await asks('mind@approve.example'))).status).toBe(303);
    expect(linkInMail(await latestMail('mind@approve.example'))).toContain('token=');
  });

  it.each(['nobody@approve.example', 'revoked@approve.example'])(
    'needs an administrator for %s',
    async (email) => {
      if (email.startsWith('revoked')) {
        await createTestRecord(email);
        await revoke((await createTestInvitation(email)).invitation.id, 'left', { kind: 'system' });
      }
      const id = await asks(email);
      const page = await support.open(`/admin/requests/${id}`);
      expect(page.text).toContain('Only an administrator can invite this address');
      expect(page.$(`form[action$=approval], form[action$=correction]`)).toHaveLength(0);
      expect((await approval(support, id)).status).toBe(403);
      expect((await requestOf(email)).resolution).toBeNull();
      await expect(
        approveRequest(
          id,
          { correctedEmail: 'other@approve.example' },
          await actorFor('support@example.org'),
        ),
      ).rejects.toThrow('Only an administrator');
      expect((await approval(admin, id)).status).toBe(303);
      expect(linkInMail(await latestMail(email))).toContain('token=');
    },
  );

  it('sends nothing to a suspended account', async () => {
    const suspended = await createTestAccount('gone@approve.example');
    await suspended.update({ suspendedAt: new Date() });
    const id = await asks('gone@approve.example');
    expect((await admin.open(`/admin/requests/${id}`)).text).toMatch(/’s account was suspended on/);
    expect((await approval(admin, id)).status).toBe(409);
  });

  it('is corrected by an administrator, so that only the right address gets a mail', async () => {
    await createTestRecord('right@correct.example');
    const id = await asks('rihgt@correct.example');
    await admin.open(`/admin/requests/${id}`);
    const wrong = await admin.submit(`/admin/requests/${id}/correction`, { email: 'no address' });
    expect(wrong.status).toBe(422);
    expect(wrong.$('#email').attr('value')).toBe('no address');
    await admin.submit(`/admin/requests/${id}/correction`, { email: 'right@correct.example' });
    expect(linkInMail(await latestMail('right@correct.example'))).toContain('token=');
    expect(await mailsTo('rihgt@correct.example')).toEqual([]);
    expect(await requestOf('rihgt@correct.example')).toMatchObject({
      correctedEmail: 'right@correct.example',
    });
    expect((await support.open('/admin/requests?show=resolved')).text).toContain(
      'Invited Sent to right@correct.example.',
    );
  });

  it('is dismissed with a reason', async () => {
    const id = await asks('spam@dismiss.example');
    await support.open(`/admin/requests/${id}`);
    expect((await support.submit(`/admin/requests/${id}/dismissal`, { reason: ' ' })).status).toBe(422);
    await support.open(`/admin/requests/${id}`);
    await support.submit(`/admin/requests/${id}/dismissal`, { reason: 'Unknown person' });
    expect(await requestOf('spam@dismiss.example')).toMatchObject({
      resolution: 'dismissed',
      reason: 'Unknown person',
    });
    expect((await support.open(`/admin/requests/${id}`)).text).toContain('Unknown person');
    expect(await mailsTo('spam@dismiss.example')).toEqual([]);
  });

  it('is resolved once when several staff resolve it concurrently', async () => {
    await createTestRecord('race@approve.example');
    const id = await asks('race@approve.example');
    const actor = await actorFor('admin@example.org');
    const tries = Array.from({ length: 8 }, (_, n) =>
      n % 4 === 3 ? dismissRequest(id, 'no', actor) : approveRequest(id, {}, actor),
    );
    const ends = await Promise.allSettled(tries);
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await runJobs();
    expect((await mailsTo('race@approve.example')).length).toBeLessThanOrEqual(1);
    const events = await queryRows(
      `select 1 from audit_events where subject_type = 'invitation-request' and subject_id = $1`,
      [id],
    );
    expect(events).toHaveLength(1);
  });

  it('can’t be resolved twice, or by people who aren’t staff', async () => {
    const { id } = await requestOf('kofi@approve.example');
    expect((await approval(admin, id)).status).toBe(409);
    await createTestAccount('plain@approve.example');
    await expect(dismissRequest(id, 'x', await actorFor('plain@approve.example'))).rejects.toThrow();
    for (const path of ['0', 'x', '99999999'])
      expect((await admin.open(`/admin/requests/${path}`)).status).toBe(404);
  });
});
