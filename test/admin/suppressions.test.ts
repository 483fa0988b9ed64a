import { beforeEach, describe, expect, it } from 'vitest';
import { inTransaction } from '../../src/platform/db/database.ts';
import { queueMail } from '../../src/platform/mail/messages.ts';
import {
  listActiveSuppressions,
  type SuppressionKind,
  suppress,
  suppressionKinds,
} from '../../src/platform/mail/suppressions.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  newVisitor,
  runJobs,
  signInStaff,
  uniqueAddress,
} from '../support/fixtures.ts';
import { capturedMailsTo } from '../support/mail.ts';
import { columnTexts } from '../support/visitor.ts';

const LIST = '/admin/suppressions';
const system = { kind: 'system' } as const;

beforeEach(() => queryRows('delete from suppressions'));

describe('suppressions', () => {
  it('are listed with their reasons, and filtered by kind and part of the address', async () => {
    await suppress([{ email: 'gone@example.org', kind: 'bounced', reason: '550 no such user' }], system);
    await suppress([{ email: 'quiet@example.org', kind: 'unsubscribed' }], system);
    const support = await signInStaff('support');
    const list = await support.open(LIST);
    expect(columnTexts(list, 'Address')).toEqual(['quiet@example.org', 'gone@example.org']);
    expect(list.text).toContain('550 no such user');
    expect(columnTexts(await support.open(`${LIST}?kind=bounced`), 'Address')).toEqual(['gone@example.org']);
    expect(columnTexts(await support.open(`${LIST}?q=qui`), 'Address')).toEqual(['quiet@example.org']);
    expect((await support.open(`${LIST}?q=nobody`)).text).toContain('No addresses match');
  });

  it('are lifted by an administrator with a reason', async () => {
    await suppress([{ email: 'gone@example.org', kind: 'bounced' }], system);
    const admin = await signInStaff('admin');
    await admin.open(LIST);
    const page = await admin.open(admin.page.$('td a').attr('href') ?? '');
    const action = page.$('form[action$="/lift"]').attr('action') ?? '';
    const refused = await admin.submit(action, { reason: '' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('Enter a reason');
    const done = await admin.submit(action, { reason: 'They called us' });
    expect(done.text).toContain('E-mails to gone@example.org are allowed again.');
    expect(done.text).toContain('We write to everyone');
    expect((await admin.post(action, { reason: 'once more' })).status).toBe(409);
    expect(
      await queryRows(
        `select detail from audit_events where action = 'suppression.lifted' order by id desc limit 1`,
      ),
    ).toEqual([{ detail: { kind: 'bounced', reason: 'They called us' } }]);
  });

  it('can be seen but not lifted by support', async () => {
    await suppress([{ email: 'gone@example.org', kind: 'bounced' }], system);
    const [suppression] = await listActiveSuppressions('gone@example.org');
    const support = await signInStaff('support');
    const page = await support.open(`${LIST}/${suppression?.id}`);
    expect(page.text).toContain('An administrator can allow e-mails to this address again.');
    expect((await support.post(`${LIST}/${suppression?.id}/lift`, { reason: 'x' })).status).toBe(403);
    expect((await newVisitor().open(LIST)).path).toMatch(/^\/sign-in/);
  });
});

describe('kinds of suppression', () => {
  const mailTypes = ['invitation', 'notice', 'requested'] as const;
  const allowed: Readonly<Record<SuppressionKind, readonly string[]>> = {
    bounced: ['requested'],
    complained: ['notice', 'requested'],
    unsubscribed: ['notice', 'requested'],
    deceased: [],
  };

  it.each(suppressionKinds)('stops the right mails if the address is %s', async (kind) => {
    const email = `stopped-${kind}@example.org`;
    await createTestInvitation(email);
    const { id: subjectId } = await createTestAccount(uniqueAddress());
    const queue = (more: { isRequested?: boolean }) =>
      inTransaction(() =>
        queueMail({ template: 'test-mail', to: email, subjectId, reference: 'ABCD2345', ...more }),
      );
    await queue({});
    await queue({ isRequested: true });
    await suppress([{ email, kind }], system);
    await runJobs();
    const sent = await queryRows<{ template: string; is_requested: boolean }>(
      `select template, is_requested from messages where recipient = $1 and sent_at is not null`,
      [email],
    );
    const sentTypes = sent.map(({ template, is_requested }) =>
      template === 'invitation' ? 'invitation' : is_requested ? 'requested' : 'notice',
    );
    expect(sentTypes.sort()).toEqual(mailTypes.filter((type) => allowed[kind].includes(type)).sort());
  });
});

describe('declining an invitation', () => {
  const decline = async (email: string, reason: string) => {
    const { url } = await createTestInvitation(email);
    const person = newVisitor();
    await person.open(url);
    await person.open('/register/decline');
    await person.submit('/register/decline', { reason });
    return person;
  };

  it.each(['not-me', 'rather-not', 'deceased'])(
    'suppresses nothing if the reason is “%s”',
    async (reason) => {
      await decline(`declined-${reason}@example.org`, reason);
      expect(await listActiveSuppressions(`declined-${reason}@example.org`)).toEqual([]);
    },
  );

  it('unsubscribes the address if the reason is “Stop writing to me”, until the decline is undone', async () => {
    const email = 'stop@example.org';
    const person = await decline(email, 'stop');
    expect(await listActiveSuppressions(email)).toMatchObject([{ kind: 'unsubscribed' }]);
    await person.submit('/register/decline/undo');
    expect(await listActiveSuppressions(email)).toEqual([]);
  });
});

describe('report that a person has died', () => {
  const report = async (email: string) => {
    await createTestRecord(email, { lastName: 'Penrose' });
    const { url } = await createTestInvitation(email);
    const person = newVisitor();
    await person.open(url);
    await person.open('/register/decline');
    await person.submit('/register/decline', { reason: 'deceased' });
    return person;
  };
  const queueNotice = async (to: string) => {
    const { id: subjectId } = await createTestAccount(uniqueAddress());
    await inTransaction(() => queueMail({ template: 'test-mail', to, subjectId, reference: 'ABCD2345' }));
  };
  const findRequestId = async (email: string) => {
    const [request] = await queryRows<{ id: string }>(
      `select id from invitation_requests where email = $1 and kind = 'deceased' order by id desc limit 1`,
      [email],
    );
    return request?.id ?? '';
  };

  it('holds mail until staff resolve it, and suppresses the address once they confirm', async () => {
    const email = 'late@example.org';
    await report(email);
    await runJobs();
    await queueNotice(email);
    await runJobs();
    const before = (await capturedMailsTo(email)).length;
    const admin = await signInStaff('admin');
    const list = await admin.open('/admin/requests');
    expect(list.text).toContain('Someone told us that this person has died');
    const page = await admin.open(`/admin/requests/${await findRequestId(email)}`);
    expect(page.text).toContain('Amma Penrose');
    const done = await admin.submit(`/admin/requests/${await findRequestId(email)}/confirmation`);
    expect(done.text).toContain('We won’t write to late@example.org again.');
    expect(await listActiveSuppressions(email)).toMatchObject([{ kind: 'deceased' }]);
    expect(await queryRows(`select deceased from alumni_members where email = $1`, [email])).toEqual([
      { deceased: true },
    ]);
    await queryRows(`select graphile_worker.add_job('maintain-outbox')`);
    await runJobs();
    expect(await capturedMailsTo(email)).toHaveLength(before);
    expect(
      await queryRows(
        `select delivery_status from messages where recipient = $1 and template = 'test-mail'`,
        [email],
      ),
    ).toEqual([{ delivery_status: 'dropped' }]);
  });

  it('doesn’t stop mail to a living person at the same address', async () => {
    const email = 'couple@example.org';
    await report(email);
    const [penrose] = await queryRows<{ id: string }>('select id from alumni_members where email = $1', [
      email,
    ]);
    await createTestRecord(email, { lastName: 'Widow' });
    const admin = await signInStaff('admin');
    const id = await findRequestId(email);
    await admin.open(`/admin/requests/${id}`);
    const nobody = await admin.post(`/admin/requests/${id}/confirmation`);
    expect(nobody.text).toContain('Select the people who have died.');
    const form = { [`records[${penrose?.id}]`]: 'yes' };
    const done = await admin.submit(`/admin/requests/${id}/confirmation`, form);
    expect(done.text).toContain('We’ll still write to couple@example.org');
    expect(await listActiveSuppressions(email)).toEqual([]);
    expect(
      await queryRows(`select last_name, deceased from alumni_members where email = $1 order by last_name`, [
        email,
      ]),
    ).toEqual([
      { last_name: 'Penrose', deceased: true },
      { last_name: 'Widow', deceased: false },
    ]);
  });

  it('releases the mail if staff dismiss it', async () => {
    const email = 'alive@example.org';
    await report(email);
    await runJobs();
    await queueNotice(email);
    await runJobs();
    const before = (await capturedMailsTo(email)).length;
    const support = await signInStaff('support');
    const id = await findRequestId(email);
    await support.open(`/admin/requests/${id}`);
    expect(support.page.text).toContain('An administrator can confirm this.');
    await support.submit(`/admin/requests/${id}/dismissal`, { reason: 'They answered the phone' });
    await queryRows(`select graphile_worker.add_job('maintain-outbox')`);
    await runJobs();
    expect(await capturedMailsTo(email)).toHaveLength(before + 1);
    expect(await listActiveSuppressions(email)).toEqual([]);
  });

  it('can be withdrawn by the person who made it', async () => {
    const email = 'slip@example.org';
    const person = await report(email);
    await person.submit('/register/decline/undo');
    expect(await queryRows(`select resolution from invitation_requests where email = $1`, [email])).toEqual([
      { resolution: 'withdrawn' },
    ]);
  });
});
