import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { database, inTransaction } from '../../../src/platform/db/database.ts';
import { enqueue } from '../../../src/platform/jobs/queue.ts';
import { runDueJobs, startWorker } from '../../../src/platform/jobs/worker.ts';
import { mailTasks } from '../../../src/platform/mail/mail-tasks.ts';
import { getMessage } from '../../../src/platform/mail/outbox.ts';
import type { Transport } from '../../../src/platform/mail/outgoing-mail.ts';
import { createSmtpTransport } from '../../../src/platform/mail/transport.ts';
import { queryRow, queryRows } from '../../support/database.ts';
import { greetingTemplate, mailSources, queueGreeting } from '../../support/mail.ts';
import { startMailServer, type TestMailServer } from '../../support/smtp-server.ts';

let server: TestMailServer;
let transport: Transport;
const children: ChildProcess[] = [];

beforeAll(async () => {
  server = await startMailServer();
  transport = createSmtpTransport(server.url);
});
afterAll(async () => {
  transport.close();
  await server.stop();
  await database.close();
});
beforeEach(async () => {
  server.received.length = 0;
  await queryRows('delete from messages');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function startDoomedWorker(environment: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'doomed-worker.ts')], {
    env: { ...process.env, SMTP_URL: server.url, ...environment },
    stdio: 'inherit',
  });
  children.push(child);
  return child;
}

const findLockedJob = () => queryRow('select id from graphile_worker.jobs where locked_by is not null');

function queueTask(task: string): Promise<void> {
  return inTransaction(() => enqueue(task, {}));
}

test('a worker runs jobs immediately and leaves none locked when it stops', async () => {
  const count = vi.fn();
  const worker = await startWorker({ count });
  for (let n = 0; n < 20; n += 1) await queueTask('count');
  await vi.waitFor(() => expect(count).toHaveBeenCalledTimes(20), { timeout: 5_000 });
  await worker.stop();
  expect(await queryRow('select id from graphile_worker.jobs')).toBeNull();
});

test('stopping waits for a running job', async () => {
  let finish: () => void = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const worker = await startWorker({ slow: () => finished });
  await queueTask('slow');
  await vi.waitFor(async () => expect(await findLockedJob()).not.toBeNull(), { timeout: 5_000 });
  const stopped = worker.stop();
  finish();
  await stopped;
  expect(await queryRow('select id from graphile_worker.jobs')).toBeNull();
});

test('another running worker takes over the job of a killed worker', { timeout: 30_000 }, async () => {
  server.respondNext('end of content', 'hang');
  const doomed = startDoomedWorker();
  const id = await queueGreeting();
  await vi.waitFor(() => expect(server.reached['end of content']).toBeGreaterThan(0), { timeout: 15_000 });
  const other = await startWorker(mailTasks(mailSources(greetingTemplate), transport), { sweepMs: 200 });
  doomed.kill('SIGKILL');
  await vi.waitFor(async () => expect((await getMessage(id)).sentAt).not.toBeNull(), { timeout: 10_000 });
  await other.stop();
  expect(server.received).toHaveLength(1);
  expect(await queryRow('select id from graphile_worker.jobs')).toBeNull();
});

test('a living worker keeps its jobs, even if they take long', async () => {
  let started = 0;
  let finish: () => void = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const slow = () => {
    started += 1;
    return finished;
  };
  const first = await startWorker({ slow });
  await queueTask('slow');
  await vi.waitFor(() => expect(started).toBe(1), { timeout: 5_000 });
  // Another worker sweeps before it takes its first job.
  await queueTask('other');
  await runDueJobs({ slow, other: () => {} });
  expect(started).toBe(1);
  expect(await findLockedJob()).not.toBeNull();
  finish();
  await first.stop();
});

test('a mail is sent again with the same Message-ID if the worker dies before recording it as sent', {
  timeout: 30_000,
}, async () => {
  const doomed = startDoomedWorker({ DIE_AFTER_SENDING: 'yes' });
  const id = await queueGreeting();
  await once(doomed, 'exit');
  expect((await getMessage(id)).sentAt).toBeNull();
  await runDueJobs(mailTasks(mailSources(greetingTemplate), transport));
  expect((await getMessage(id)).sentAt).not.toBeNull();
  const [first, second] = server.received;
  expect(server.received).toHaveLength(2);
  expect(second?.mail.messageId).toBe(first?.mail.messageId);
  expect(second?.mail.text).toBe(first?.mail.text);
});
