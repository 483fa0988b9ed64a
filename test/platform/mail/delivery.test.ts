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
import { queryRow, queryRows } from '../../support/database.ts';
import {
  greetingTemplate,
  invitationUrl,
  mailSources,
  makeRetriesDue,
  queueGreeting,
} from '../../support/mail.ts';
import { useMailServer } from '../../support/mail-server.ts';

const { server, connect, transport } = useMailServer();

function send(template: MailTemplate = greetingTemplate): Promise<void> {
  return runDueJobs(mailTasks(mailSources(template), transport()));
}

test('sends a mail as text and HTML to its recipient, marked as automatic', async () => {
  const linkId = randomUUID();
  const id = await queueGreeting('Amma.Owusu@example.org', linkId);
  await send();

  const [received] = server().received;
  expect(server().received).toHaveLength(1);
  expect(received?.from).toBe('office@example.org');
  expect(received?.to).toEqual(['Amma.Owusu@example.org']);
  expect(received?.mail.from).toMatchObject({ name: 'Alumni Office', address: 'office@example.org' });
  expect(received?.mail.to).toMatchObject([{ address: 'Amma.Owusu@example.org' }]);
  expect(received?.mail.subject).toBe('Amma Owusu, Alumni Association greets you');
  expect(received?.mail.messageId).toBe(`<${id}@localhost>`);
  expect(received?.mail.text).toContain(`\n${invitationUrl(linkId)}\n`);
  expect(received?.mail.text).toContain('until 22 November 2026.');
  expect(received?.mail.html).toContain(`href="${invitationUrl(linkId)}"`);
  expect(received?.mail.html).toContain('22 November 2026 at 14:05');
  expect(received?.raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
  expect(received?.raw).toMatch(/^Content-Language: en\r$/m);
  expect(received?.raw).not.toMatch(/^X-Mailer/im);

  const message = await getMessage(id);
  expect(deliveryStatusOf(message)).toBe('sent');
  expect(message).toMatchObject({ attempts: 1, lastError: null });
});

test('sends a message once, even if its job runs again', async () => {
  const id = await queueGreeting();
  await send();
  await queryRows(
    `select graphile_worker.add_job('send-message', json_build_object('messageId', $1::text))`,
    [id],
  );
  await send();
  expect(server().received).toHaveLength(1);
});

test('leaves neither a message nor a job after a rollback', async () => {
  const rolledBack = inTransaction(async () => {
    const to = 'amma@example.org';
    await queueMail({ template: 'greeting', to, subjectId: '1', reference: 'ABCD2345' });
    throw new Error('rolled back');
  });
  await expect(rolledBack).rejects.toThrow('rolled back');
  const found = await queryRow(
    `select id::text from messages union select id::text from graphile_worker.jobs`,
  );
  expect(found).toBeNull();
});

test('drops a mail that is no longer due', async () => {
  const id = await queueGreeting();
  await send({ ...greetingTemplate, loadValues: async () => null });
  expect(server().received).toHaveLength(0);
  expect(deliveryStatusOf(await getMessage(id))).toBe('dropped');
});

test.each(['451 Try again later', 'drop'] as const)(
  'retries with the same Message-ID and link after "%s"',
  async (response) => {
    server().respondNext('end of content', response);
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

test('retries if the connection breaks during a mail', async () => {
  server().respondNext('content', 'drop');
  const id = await queueGreeting();
  await send();
  expect(await getMessage(id)).toMatchObject({ sentAt: null, bouncedAt: null, attempts: 1 });
  await makeRetriesDue();
  await send();
  expect(deliveryStatusOf(await getMessage(id))).toBe('sent');
});

test('retries after a timeout if the server doesn’t respond', async () => {
  connect({ connection: 5_000, greeting: 5_000, idle: 200 });
  server().respondNext('end of content', 'hang');
  const id = await queueGreeting();
  await send();
  expect(await getMessage(id)).toMatchObject({ sentAt: null, attempts: 1, lastError: 'Timeout' });
  await makeRetriesDue();
  await send();
  expect(deliveryStatusOf(await getMessage(id))).toBe('sent');
});

test('suppresses a bounced address until a requested mail is accepted', async () => {
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

  const blocked = await queueGreeting('gone@example.org');
  await send();
  expect(deliveryStatusOf(await getMessage(blocked))).toBe('dropped');
  expect((await getMessage(blocked)).lastError).toBe('Not sent: earlier e-mails to this address bounced.');

  const requested = await queueGreeting('gone@example.org', randomUUID(), { isRequested: true });
  await send();
  expect(deliveryStatusOf(await getMessage(requested))).toBe('sent');
  expect(await listActiveSuppressions('gone@example.org')).toEqual([]);
});

test('stores server responses without addresses, links, tokens and codes', async () => {
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

test('marks a mail as failed after the last attempt', async () => {
  server().respondAlways('end of content', '451 Try again later');
  const id = await queueGreeting();
  await queryRows('update messages set attempts = $1', [MAX_SEND_ATTEMPTS - 1]);
  await send();
  server().respondAlways('end of content', null);
  expect(deliveryStatusOf(await getMessage(id))).toBe('failed');
  expect(await queryRow('select id from graphile_worker.jobs')).toBeNull();
});

test('retries a mail that can’t be composed, and stores the reason', async () => {
  const id = await queueGreeting();
  const failing = async () => {
    throw new Error('The key that signed this link is no longer in LINK_KEYS');
  };
  await send({ ...greetingTemplate, loadValues: failing });
  const lastError = expect.stringContaining('no longer in LINK_KEYS');
  expect(await getMessage(id)).toMatchObject({ attempts: 1, sentAt: null, lastError });
  await makeRetriesDue();
  await send();
  expect(deliveryStatusOf(await getMessage(id))).toBe('sent');
});

test('stores no link, and logs neither links nor addresses', async () => {
  const warnings = vi.spyOn(log, 'warn');
  const errors = vi.spyOn(log, 'error');
  const linkId = randomUUID();
  server().respondNext('recipient', '450 amma@example.org is greylisted');
  await queueGreeting('amma@example.org', linkId);
  await send();
  const token = invitationUrl(linkId).slice(-66);
  const stored = await queryRow<{ all: string }>(
    `select coalesce((select json_agg(m)::text from messages m), '')
       || coalesce((select json_agg(j)::text from graphile_worker._private_jobs j), '') as all`,
  );
  expect(stored?.all).toContain('greylisted');
  expect(stored?.all).not.toContain(token);
  const logged = JSON.stringify([...warnings.mock.calls, ...errors.mock.calls]);
  expect(logged).toContain('450 at RCPT TO');
  expect(logged).not.toContain('amma@example.org');
  expect(logged).not.toContain(token);
  vi.restoreAllMocks();
});
