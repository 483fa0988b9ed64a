import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { runDueJobs } from '../../../src/platform/jobs/worker.ts';
import { mailTasks } from '../../../src/platform/mail/mail-tasks.ts';
import { parseReports } from '../../../src/platform/mail/report-parser.ts';
import { recordReports } from '../../../src/platform/mail/reports.ts';
import { listActiveSuppressions } from '../../../src/platform/mail/suppressions.ts';
import { queryRow } from '../../support/database.ts';
import { createTestInvitation, latestMail, signInStaff, uniqueAddress } from '../../support/fixtures.ts';
import { capturedMailsTo, greetingTemplate, mailSources, queueGreeting } from '../../support/mail.ts';
import { columnTexts } from '../../support/visitor.ts';

const command = { kind: 'command' } as const;

const linesOf = (text: string) =>
  createInterface({ input: Readable.from([text]), crlfDelay: Number.POSITIVE_INFINITY });
const record = (text: string) => recordReports(parseReports(linesOf(text)), command);
const kindsOf = async (email: string) => (await listActiveSuppressions(email)).map(({ kind }) => kind);

/** Sends a mail. @returns its address and Message-ID */
async function sendMail(): Promise<{ email: string; messageId: string }> {
  const { email } = await createTestInvitation(uniqueAddress());
  return { email, messageId: (await latestMail(email)).messageId };
}

type BounceReport = Readonly<{
  email: string;
  original?: string;
  action?: string;
  status?: string;
  messageId?: string;
  encoding?: string;
}>;

function bounceReport({
  email,
  original,
  action = 'failed',
  status = '5.1.1',
  messageId,
  encoding,
}: BounceReport): string {
  const fields = [
    'Reporting-MTA: dns; mx.example.net',
    '',
    ...(original ? [`Original-Recipient: rfc822;${original}`] : []),
    `Final-Recipient: rfc822; ${email}`,
    `Action: ${action}`,
    `Status: ${status}`,
    'Diagnostic-Code: smtp; 550 5.1.1 No such',
    '  user here',
  ].join('\r\n');
  return [
    'From: Mail Delivery System <MAILER-DAEMON@mx.example.net>',
    'Subject: Undelivered Mail Returned to Sender',
    'Content-Type: multipart/report; report-type=delivery-status;',
    '\tboundary="=_part.1"',
    '',
    'This is a MIME-encapsulated message.',
    '--=_part.1',
    'Content-Type: text/plain',
    '',
    'Your mail was not delivered.',
    '--=_part.1',
    'Content-Type: message/delivery-status',
    ...(encoding ? [`Content-Transfer-Encoding: ${encoding}`] : []),
    '',
    encoding === 'base64' ? Buffer.from(fields).toString('base64') : fields,
    '',
    '--=_part.1',
    'Content-Type: text/rfc822-headers',
    '',
    ...(messageId ? [`Message-ID: ${messageId}`] : []),
    `To: ${email}`,
    '--=_part.1--',
    '',
  ].join('\r\n');
}

function complaintReport(options: { to: string; type?: string; recipient?: string }): string {
  return [
    'From: <abuse@provider.example>',
    'Content-Type: multipart/report; report-type=feedback-report; boundary=b1',
    '',
    '--b1',
    'Content-Type: text/plain',
    '',
    'This is a report.',
    '--b1',
    'Content-Type: message/feedback-report',
    '',
    `Feedback-Type: ${options.type ?? 'abuse'}`,
    'User-Agent: SomeGenerator/1.0',
    ...(options.recipient ? [`Original-Rcpt-To: <${options.recipient}>`] : []),
    '--b1',
    'Content-Type: message/rfc822',
    '',
    'Subject: You are invited',
    `To: Amma Owusu <${options.to}>`,
    '',
    'Hello',
    '--b1--',
    '',
  ].join('\n');
}

const mboxOf = (...messages: string[]) =>
  messages.map((message) => `From MAILER-DAEMON Mon Nov 30 12:00:00 2026\n${message}\n`).join('\n');

describe('a delivery report', () => {
  it.each([undefined, 'base64'])(
    'suppresses the address with the server’s response (%s)',
    async (encoding) => {
      const { email } = await sendMail();
      const summary = await record(bounceReport({ email, ...(encoding && { encoding }) }));
      expect(summary).toEqual({
        bounced: 1,
        complained: 0,
        alreadySuppressed: 0,
        ignored: 0,
        unknownAddresses: [],
      });
      expect(await listActiveSuppressions(email)).toMatchObject([
        { kind: 'bounced', reason: '550 5.1.1 No such user here', messageId: null },
      ]);
      const event = await queryRow<{ actor: string }>(
        `select actor from audit_events where action = 'suppression.created' order by id desc limit 1`,
      );
      expect(event?.actor).toBe('command');
    },
  );

  it('that quotes our mail marks the invitation as bounced', async () => {
    const { email, messageId } = await sendMail();
    await record(bounceReport({ email, messageId }));
    const admin = await signInStaff('admin');
    expect(columnTexts(await admin.open('/admin/invitations?delivery=bounced'), 'Address').join()).toContain(
      email,
    );
  });

  it('of forwarded mail suppresses the address that we wrote to', async () => {
    const [first, second] = [await sendMail(), await sendMail()];
    await record(bounceReport({ email: 'far@away.example', original: first.email }));
    await record(bounceReport({ email: 'far@away.example', messageId: second.messageId }));
    expect([await kindsOf(first.email), await kindsOf(second.email)]).toEqual([['bounced'], ['bounced']]);
    expect(await listActiveSuppressions('far@away.example')).toEqual([]);
  });

  it.each([
    { action: 'delayed', status: '4.4.1' },
    { action: 'failed', status: '4.4.7' },
    { action: 'delivered', status: '2.0.0' },
    { action: 'relayed', status: '5.0.0' },
  ])('of a temporary failure or success suppresses nothing: %j', async (fields) => {
    const { email } = await sendMail();
    expect(await record(bounceReport({ email, ...fields }))).toMatchObject({ bounced: 0, ignored: 1 });
    expect(await listActiveSuppressions(email)).toEqual([]);
  });

  it('stays active although the next mail is accepted', async () => {
    const { email, messageId } = await sendMail();
    await record(bounceReport({ email, messageId }));
    await queueGreeting(email, undefined, { isRequested: true });
    await runDueJobs(mailTasks(mailSources(greetingTemplate)));
    expect((await capturedMailsTo(email)).map(({ subject }) => subject)).toHaveLength(2);
    expect(await kindsOf(email)).toEqual(['bounced']);
  });
});

describe('a feedback report', () => {
  it('of spam counts as a complaint of the reported recipient or that of the quoted mail', async () => {
    const [first, second] = [await sendMail(), await sendMail()];
    await record(complaintReport({ to: 'redacted@provider.example', recipient: first.email }));
    await record(complaintReport({ to: second.email }));
    expect([await kindsOf(first.email), await kindsOf(second.email)]).toEqual([
      ['complained'],
      ['complained'],
    ]);
  });

  it('of another type suppresses nothing', async () => {
    const { email } = await sendMail();
    expect(await record(complaintReport({ to: email, type: 'not-spam' }))).toMatchObject({ ignored: 1 });
    expect(await listActiveSuppressions(email)).toEqual([]);
  });
});

describe('an mbox file', () => {
  it('can contain other mail, whose content is not taken for a report', async () => {
    const [bounced, complained, fine] = [await sendMail(), await sendMail(), await sendMail()];
    const outOfOffice = `Subject: Away\n\nFinal-Recipient: rfc822; ${fine.email}\nAction: failed\nStatus: 5.1.1\n\n>From me`;
    const attached = [
      'Content-Type: multipart/mixed; boundary=outer',
      '',
      '--outer',
      'Content-Type: message/rfc822',
      '',
      bounceReport({ email: fine.email }).replaceAll('\r', ''),
      '--outer--',
    ].join('\n');
    const summary = await record(
      mboxOf(
        bounceReport({ email: bounced.email }),
        outOfOffice,
        complaintReport({ to: complained.email }),
        attached,
      ),
    );
    expect(summary).toEqual({
      bounced: 1,
      complained: 1,
      alreadySuppressed: 0,
      ignored: 2,
      unknownAddresses: [],
    });
    expect(await listActiveSuppressions(fine.email)).toEqual([]);
  });

  it('changes nothing the second time', async () => {
    const { email } = await sendMail();
    const file = mboxOf(bounceReport({ email }), bounceReport({ email: email.toUpperCase() }));
    expect(await record(file)).toMatchObject({ bounced: 1, alreadySuppressed: 1 });
    expect(await record(file)).toMatchObject({ bounced: 0, alreadySuppressed: 2 });
    expect(await kindsOf(email)).toEqual(['bounced']);
  });

  it('can be empty or truncated', async () => {
    const nothing = { bounced: 0, complained: 0, alreadySuppressed: 0, unknownAddresses: [] };
    expect(await record('')).toEqual({ ...nothing, ignored: 0 });
    const { email } = await sendMail();
    const complete = bounceReport({ email });
    for (let end = 40; end < complete.indexOf('Action'); end += 40)
      expect(await record(complete.slice(0, end))).toEqual({ ...nothing, ignored: 1 });
  });
});

describe('a list of addresses', () => {
  it('is recorded, and addresses that we never wrote to are returned', async () => {
    const [one, two, three] = [await sendMail(), await sendMail(), await sendMail()];
    const summary = await record(
      `\n${one.email}\n${two.email.toUpperCase()},complained\r\n${three.email};bounced\nnobody@example.net\nhalf@\n`,
    );
    expect(summary).toEqual({
      bounced: 2,
      complained: 1,
      alreadySuppressed: 0,
      ignored: 0,
      unknownAddresses: ['nobody@example.net', 'half@'],
    });
    expect(await kindsOf(two.email)).toEqual(['complained']);
  });

  it('can have thousands of lines', async () => {
    const { email } = await sendMail();
    const others = Array.from({ length: 3_000 }, (_, n) => `nobody${n}@example.net`);
    const summary = await record([...others, email].join('\n'));
    expect([summary.bounced, summary.unknownAddresses.length]).toEqual([1, 3_000]);
  });
});
