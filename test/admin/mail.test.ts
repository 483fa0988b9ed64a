import { beforeEach, describe, expect, it } from 'vitest';
import { inTransaction } from '../../src/platform/db/database.ts';
import { queueMail } from '../../src/platform/mail/messages.ts';
import { getMessage } from '../../src/platform/mail/outbox.ts';
import { pauseMail, resumeMail } from '../../src/platform/mail/pause.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  latestMail,
  linkInMail,
  runJobs,
  signInStaff,
} from '../support/fixtures.ts';
import { capturedMailsTo } from '../support/mail.ts';
import { columnTexts } from '../support/visitor.ts';

const MAIL = '/admin/mail';

/** Queues a welcome mail and sets the column `timestamp`, for example `sent_at`. @returns its id */
async function createMessage(
  email: string,
  timestamp?: string,
  error: string | null = null,
): Promise<string> {
  const { id: subjectId } = await createTestAccount(email);
  const mail = { template: 'welcome', to: email, subjectId, reference: 'MAJK2345' };
  const id = await inTransaction(() => queueMail(mail));
  if (timestamp) {
    await queryRows(`update messages set ${timestamp} = now(), attempts = 3, last_error = $2 where id = $1`, [
      id,
      error,
    ]);
    await queryRows(`select graphile_worker.remove_job('message:' || $1)`, [id]);
  }
  return id;
}

beforeEach(async () => {
  await queryRows('delete from messages');
  await resumeMail();
});

describe('outbox', () => {
  it('shows the state of each mail, and filters by address, reference, state and template', async () => {
    await createMessage('waits@example.org');
    await createMessage('failed@example.org', 'failed_at', '451 try later');
    await createMessage('dropped@example.org', 'dropped_at');
    const { invitation } = await createTestInvitation('amma.owusu@example.org');
    for (const role of ['admin', 'support'] as const) {
      const visitor = await signInStaff(role);
      const all = await visitor.open(MAIL);
      expect(all.text).toContain('4 e-mails');
      for (const words of ['Queued', 'Failed', 'Not sent', 'Welcome', 'Invitation'])
        expect(all.text).toContain(words);
      const found = async (query: string) => columnTexts(await visitor.open(`${MAIL}?${query}`), 'To').length;
      expect(await found('q=MMA.OWU')).toBe(1);
      expect(await found(`q=${invitation.reference.toLowerCase()}`)).toBe(1);
      expect(await found('q=%25')).toBe(0);
      expect(await found('state=failed')).toBe(1);
      expect(await found('state=waiting&template=invitation')).toBe(1);
      expect(await found('state=nonsense&template=nothing&after=x')).toBe(4);
    }
  });

  it('pages through mails with the same time', async () => {
    await queryRows(
      `insert into messages (template, recipient, subject_id, reference, sent_at)
       select 'welcome', 'p' || n || '@example.org', '1', 'R' || n, now() from generate_series(1, 60) n returning id`,
    );
    const admin = await signInStaff('admin');
    const seen: string[] = [];
    let next: string | undefined = `${MAIL}?state=sent&template=welcome`;
    while (next) {
      const page = await admin.open(next);
      seen.push(...columnTexts(page, 'To'));
      next = page.$('a[rel=next]').attr('href');
    }
    expect(seen).toHaveLength(60);
    expect(new Set(seen).size).toBe(60);
  });
});

describe('message', () => {
  it('is shown like the recipient sees it, without the link', async () => {
    await createTestInvitation('amma@example.org', { message: 'Dear <b>Amma</b>' });
    const sent = await latestMail('amma@example.org');
    const token = new URL(linkInMail(sent)).searchParams.get('token') ?? '';
    const id = (await queryRow<{ id: string }>('select id from messages'))?.id ?? '';
    const support = await signInStaff('support');
    const page = await support.open(`${MAIL}/${id}`);
    expect(page.text).toContain('Dear <b>Amma</b>');
    expect(page.text).toContain('#link-omitted');
    expect(page.$('iframe').attr('sandbox')).toBe('allow-popups');
    const frame = await support.agent.get(page.$('iframe').attr('src') ?? '');
    expect(frame.headers['content-security-policy']).toContain("sandbox allow-popups; default-src 'none'");
    expect(frame.headers['x-frame-options']).toBe('SAMEORIGIN');
    expect(frame.text).toContain('Dear &lt;b&gt;Amma&lt;/b&gt;');
    for (const html of [page.html, frame.text]) {
      expect(token).toHaveLength(66);
      expect(html).not.toContain(token);
    }
  });

  it('shows sample values if the real ones no longer exist', async () => {
    await createMessage('gone@example.org', 'dropped_at');
    await queryRows(`update messages set subject_id = '0'`);
    const id = (await queryRow<{ id: string }>('select id from messages'))?.id ?? '';
    expect((await (await signInStaff('admin')).open(`${MAIL}/${id}`)).text).toContain('sample details');
    await queryRows(`update messages set template = 'forgotten'`);
    expect((await (await signInStaff('admin')).open(`${MAIL}/${id}`)).text).toContain(
      'We no longer send this kind of e-mail',
    );
  });

  it('is retried once when support press the button several times', async () => {
    const id = await createMessage('again@example.org', 'failed_at', '451 try later');
    const support = await signInStaff('support');
    expect((await support.open(`${MAIL}/${id}`)).text).toContain('451 try later');
    const fields = {};
    const answers = await Promise.all([1, 2, 3].map(() => support.post(`${MAIL}/${id}/retries`, fields)));
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
    await runJobs();
    expect(await capturedMailsTo('again@example.org')).toHaveLength(1);
    const message = await getMessage(id);
    expect([message.sentAt === null, message.failedAt, message.attempts]).toEqual([false, null, 1]);
    const events = await queryRows(
      `select detail from audit_events where action = 'message.retried' and subject_id = $1`,
      [id],
    );
    expect(events[0]).toEqual({ detail: { template: 'welcome', attempts: 3 } });
    const late = await support.post(`${MAIL}/${id}/retries`, fields);
    expect(late.status).toBe(409);
    expect((await support.open(`${MAIL}/${id}`)).$(`form[action="${MAIL}/${id}/retries"]`)).toHaveLength(0);
  });

  it('can’t be retried once it was sent, bounced or dropped', async () => {
    const admin = await signInStaff('admin');
    for (const timestamp of ['sent_at', 'bounced_at', 'dropped_at']) {
      const id = await createMessage(`${timestamp}@example.org`, timestamp);
      await admin.open(`${MAIL}/${id}`);
      expect((await admin.post(`${MAIL}/${id}/retries`, {})).status).toBe(409);
    }
  });
});

describe('paused mail', () => {
  it('is shown on every page of the panel, and resumes when staff retry the connection', async () => {
    await createMessage('paused@example.org');
    await pauseMail('535 wrong password');
    await queryRows(`select graphile_worker.remove_job(key) from graphile_worker.jobs`);
    const support = await signInStaff('support');
    for (const path of ['/admin/invitations', MAIL, '/admin/consents']) {
      const page = await support.open(path);
      expect(page.text).toContain('E-mail isn’t being sent');
      expect(page.text).toContain('535 wrong password');
    }
    expect((await support.open('/home')).text).not.toContain('E-mail isn’t being sent');
    await support.open(MAIL);
    await support.submit(`${MAIL}/connection-retries`);
    await runJobs();
    expect((await support.open(MAIL)).text).not.toContain('E-mail isn’t being sent');
    expect(await capturedMailsTo('paused@example.org')).toHaveLength(1);
    expect((await support.open(MAIL)).text).toContain('The mail server last accepted an e-mail on');
  });
});
