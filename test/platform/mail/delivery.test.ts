import { randomUUID } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { inTransaction } from '../../../src/platform/db/database.ts';
import { runDueJobs } from '../../../src/platform/jobs/worker.ts';
import { log } from '../../../src/platform/log.ts';
import { mailTasks } from '../../../src/platform/mail/mail-tasks.ts';
import { deliveryStatusOf, MAX_SEND_ATTEMPTS, queueMail } from '../../../src/platform/mail/messages.ts';
import { getMessage } from '../../../src/platform/mail/outbox.ts';
import { findMailPause } from '../../../src/platform/mail/pause.ts';
import { listActiveSuppressions } from '../../../src/platform/mail/suppressions.ts';
import type { MailTemplate } from '../../../src/platform/mail/template.ts';
import { readLetterhead } from '../../../src/settings/letterhead.ts';
import { queryRow, queryRows } from '../../support/database.ts';
import { greetingTemplate, invitationUrl, makeRetriesDue, queueGreeting } from '../../support/mail.ts';
import { useMailServer } from '../../support/mail-server.ts';

const { server, connect, post } = useMailServer();

function send(template: MailTemplate = greetingTemplate): Promise<void> {
  return runDueJobs(mailTasks([template], readLetterhead, post()));
}

test('A mail goes to its one recipient, as text and HTML, from us and by a machine', async () => {
  const linkId = randomUUID();
  const id = await queueGreeting('Amma.Owusu@example.org', linkId);
  await send();

  const [taken] = server().received;
  expect(server().received).toHaveLength(1);
  expect(taken?.from).toBe('office@example.org');
  expect(taken?.to).toEqual(['Amma.Owusu@example.org']);
  expect(taken?.mail.from).toMatchObject({ name: 'Alumni Office', address: 'office@example.org' });
  expect(taken?.mail.to).toMatchObject([{ address: 'Amma.Owusu@example.org' }]);
  expect(taken?.mail.subject).toBe('Amma Owusu, Alumni Association greets you');
  expect(taken?.mail.messageId).toBe(`<${id}@localhost>`);
  expect(taken?.mail.text).toContain(`\n${invitationUrl(linkId)}\n`);
  expect(taken?.mail.text).toContain('until 22 November 2026.');
  expect(taken?.mail.html).toContain(`href="${invitationUrl(linkId)}"`);
  expect(taken?.mail.html).toContain('22 November 2026, 14:05 UTC');
  expect(taken?.raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
  expect(taken?.raw).not.toMatch(/^X-Mailer/im);

  const message = await getMessage(id);
  expect(deliveryStatusOf(message)).toBe('sent');
  expect(message).toMatchObject({ attempts: 1, lastError: null });
});

test('A message is sent once, even if its job runs again', async () => {
  const id = await queueGreeting();
  await send();
  await queryRows(
    `select graphile_worker.add_job('send-message', json_build_object('messageId', $1::text))`,
    [id],
  );
  await send();
  expect(server().received).toHaveLength(1);
});

test('A rollback leaves neither a message nor a job', async () => {
  const undone = inTransaction(async () => {
    const to = 'amma@example.org';
    await queueMail({ template: 'greeting', to, subjectId: '1', reference: 'ABCD2345' });
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  const left = await queryRow(
    `select id::text from messages union select id::text from graphile_worker.jobs`,
  );
  expect(left).toBeNull();
});

test('A mail that is not due any more is dropped', async () => {
  const id = await queueGreeting();
  await send({ ...greetingTemplate, loadValues: async () => null });
  expect(server().received).toHaveLength(0);
  expect(deliveryStatusOf(await getMessage(id))).toBe('dropped');
});

test.each(['451 Try again later', 'drop'] as const)(
  'After "%s" the mail is tried again with the same Message-ID and link',
  async (answer) => {
    server().respondNext('end of content', answer);
    const linkId = randomUUID();
    const id = await queueGreeting('amma@example.org', linkId);
    await send();
    expect(deliveryStatusOf(await getMessage(id))).toBe('queued');
    expect(await getMessage(id)).toMatchObject({ attempts: 1, lastError: expect.any(String) });

    await makeRetriesDue();
    await send();
    expect(server().received).toHaveLength(1);
    expect(server().received[0]?.mail.messageId).toBe(`<${id}@localhost>`);
    expect(server().received[0]?.mail.text).toContain(invitationUrl(linkId));
    expect(deliveryStatusOf(await getMessage(id))).toBe('sent');
  },
);

test('A connection that breaks in the middle of a mail is no sending', async () => {
  server().respondNext('content', 'drop');
  const id = await queueGreeting();
  await send();
  expect(await getMessage(id)).toMatchObject({ sentAt: null, bouncedAt: null, attempts: 1 });
  await makeRetriesDue();
  await send();
  expect(deliveryStatusOf(await getMessage(id))).toBe('sent');
});

test('A server that never answers costs one try, not the worker', async () => {
  connect({ connection: 5_000, greeting: 5_000, idle: 200 });
  server().respondNext('end of content', 'hang');
  const id = await queueGreeting();
  await send();
  expect(await getMessage(id)).toMatchObject({ sentAt: null, attempts: 1, lastError: 'Timeout' });
  await makeRetriesDue();
  await send();
  expect(deliveryStatusOf(await getMessage(id))).toBe('sent');
});

test('A refused recipient has bounced: no further try, and it is remembered until a mail gets through', async () => {
  server().respondNext('recipient', '550 No such user');
  const id = await queueGreeting('gone@example.org');
  await send();
  const message = await getMessage(id);
  expect(deliveryStatusOf(message)).toBe('bounced');
  expect(message.lastError).toContain('No such user');
  expect(await queryRow('select id from graphile_worker.jobs')).toBeNull();
  expect(await listActiveSuppressions('Gone@example.org')).toMatchObject([
    { kind: 'bounced', messageId: message.id, reason: message.lastError },
  ]);
  expect(await listActiveSuppressions('amma@example.org')).toEqual([]);
  expect(await findMailPause()).toBeNull();

  const stopped = await queueGreeting('gone@example.org');
  await send();
  expect(deliveryStatusOf(await getMessage(stopped))).toBe('dropped');
  expect((await getMessage(stopped)).lastError).toBe('Not sent: the address is suppressed (bounced).');

  const requested = await queueGreeting('gone@example.org', randomUUID(), { isRequested: true });
  await send();
  expect(deliveryStatusOf(await getMessage(requested))).toBe('sent');
  expect(await listActiveSuppressions('gone@example.org')).toEqual([]);
});

test('What a server says is kept without address, link, token and code', async () => {
  const linkId = randomUUID();
  const link = invitationUrl(linkId);
  server().respondNext(
    'end of content',
    `554 spam to gone@example.org: ${link} ${link.slice(-66)} code 123456`,
  );
  const id = await queueGreeting('gone@example.org', linkId);
  await send();
  const { lastError } = await getMessage(id);
  expect(lastError).toContain('spam to [address]');
  expect(lastError).not.toContain(link.slice(-66));
  expect(lastError).not.toContain('123456');
});

test('After the last try a mail has visibly failed', async () => {
  server().respondAlways('end of content', '451 Try again later');
  const id = await queueGreeting();
  await queryRows('update messages set attempts = $1', [MAX_SEND_ATTEMPTS - 1]);
  await send();
  server().respondAlways('end of content', null);
  expect(deliveryStatusOf(await getMessage(id))).toBe('failed');
  expect(await queryRow('select id from graphile_worker.jobs')).toBeNull();
});

test('A mail that can’t be written is tried again, and staff can read why', async () => {
  const id = await queueGreeting();
  const broken = async () => {
    throw new Error('The key that signed this link is no longer in LINK_KEYS');
  };
  await send({ ...greetingTemplate, loadValues: broken });
  const lastError = expect.stringContaining('no longer in LINK_KEYS');
  expect(await getMessage(id)).toMatchObject({ attempts: 1, sentAt: null, lastError });
  await makeRetriesDue();
  await send();
  expect(deliveryStatusOf(await getMessage(id))).toBe('sent');
});

test('Neither the tables nor the log hold a link or a recipient’s mail', async () => {
  const warned = vi.spyOn(log, 'warn');
  const failed = vi.spyOn(log, 'error');
  const linkId = randomUUID();
  server().respondNext('recipient', '450 amma@example.org is greylisted');
  await queueGreeting('amma@example.org', linkId);
  await send();
  const token = invitationUrl(linkId).slice(-66);
  const kept = await queryRow<{ all: string }>(
    `select coalesce((select json_agg(m)::text from messages m), '')
       || coalesce((select json_agg(j)::text from graphile_worker._private_jobs j), '') as all`,
  );
  expect(kept?.all).toContain('greylisted');
  expect(kept?.all).not.toContain(token);
  const logged = JSON.stringify([...warned.mock.calls, ...failed.mock.calls]);
  expect(logged).toContain('450 at RCPT TO');
  expect(logged).not.toContain('amma@example.org');
  expect(logged).not.toContain(token);
  vi.restoreAllMocks();
});
