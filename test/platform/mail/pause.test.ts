import { expect, test } from 'vitest';
import { inTransaction } from '../../../src/platform/db/database.ts';
import { enqueue } from '../../../src/platform/jobs/queue.ts';
import { runDueJobs } from '../../../src/platform/jobs/worker.ts';
import { mailTasks } from '../../../src/platform/mail/mail-tasks.ts';
import { deliveryStatusOf } from '../../../src/platform/mail/messages.ts';
import { getMessage } from '../../../src/platform/mail/outbox.ts';
import { findMailPause } from '../../../src/platform/mail/pause.ts';
import { queryRow, queryRows } from '../../support/database.ts';
import { greetingTemplate, mailSources, makeRetriesDue, queueGreeting } from '../../support/mail.ts';
import { useMailServer } from '../../support/mail-server.ts';
import type { SmtpStage } from '../../support/smtp-server.ts';

const { server, transport } = useMailServer();

const send = () => runDueJobs(mailTasks(mailSources(greetingTemplate), transport()));

/** Runs the scheduled maintenance. */
async function maintainAndSend(): Promise<void> {
  await inTransaction(() => enqueue('maintain-outbox', {}));
  await send();
}

async function queueMany(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) ids.push(await queueGreeting(`person${n}@example.org`));
  return ids;
}

test.each<[SmtpStage, string]>([
  ['sign-in', 'Authentication credentials invalid'],
  ['connect', 'You are blocked'],
  ['sender', 'Sender address rejected'],
])(
  'a rejection at the stage "%s" pauses sending without counting attempts or losing mail',
  async (stage, text) => {
    server().respondAlways(stage, `535 ${text}`);
    const before = server().reached[stage];
    const ids = await queueMany(30);
    await send();
    const pause = await findMailPause();
    expect(pause?.reason).toContain(text);
    expect(pause?.pausedAt).toBeInstanceOf(Date);
    // Only mails that were being sent when the first rejection came.
    expect(server().reached[stage] - before).toBeLessThanOrEqual(5);

    const rejections = server().reached[stage];
    await queueGreeting('later@example.org');
    await maintainAndSend();
    expect(server().reached[stage] - rejections).toBe(1);
    expect(server().received).toHaveLength(0);
    expect(await findMailPause()).not.toBeNull();
    expect(await getMessage(ids[0] ?? '')).toMatchObject({ attempts: 0, lastError: null });

    server().respondAlways(stage, null);
    await maintainAndSend();
    expect(await findMailPause()).toBeNull();
    expect(new Set(server().received.map(({ to }) => to[0])).size).toBe(31);
    expect(server().received).toHaveLength(31);
    expect(await queryRow('select id from messages where sent_at is null')).toBeNull();
  },
);

test('a rejected relay pauses sending and doesn’t bounce the recipient', async () => {
  server().respondNext('recipient', '554 Relay access denied');
  const id = await queueGreeting();
  await send();
  expect(await findMailPause()).not.toBeNull();
  expect(deliveryStatusOf(await getMessage(id))).toBe('queued');
});

test('a bounce ends the pause, because the server accepts our mail again', async () => {
  server().respondNext('sign-in', '535 No');
  const ids = await queueMany(2);
  server().respondAlways('recipient', '550 No such user');
  await send();
  expect(await findMailPause()).not.toBeNull();
  await maintainAndSend();
  server().respondAlways('recipient', null);
  expect(await findMailPause()).toBeNull();
  for (const id of ids) expect(deliveryStatusOf(await getMessage(id))).toBe('bounced');
});

test('an unreachable server during a pause costs no attempts', async () => {
  server().respondNext('sign-in', '535 No');
  const id = await queueGreeting();
  await send();
  server().respondAlways('connect', 'drop');
  await maintainAndSend();
  server().respondAlways('connect', null);
  expect(await findMailPause()).not.toBeNull();
  expect(await getMessage(id)).toMatchObject({ attempts: 0 });
});

test('a message whose last attempt was interrupted is marked as failed', async () => {
  const id = await queueGreeting();
  await queryRows('update graphile_worker._private_jobs set attempts = max_attempts returning id');
  await maintainAndSend();
  const message = await getMessage(id);
  expect(deliveryStatusOf(message)).toBe('failed');
  expect(message.lastError).toBe('The last attempt was interrupted.');
  await makeRetriesDue();
  expect(await queryRow('select id from graphile_worker.jobs')).toBeNull();
});
