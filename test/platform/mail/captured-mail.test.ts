import { randomUUID } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, expect, test } from 'vitest';
import { createApp } from '../../../src/app.ts';
import { config } from '../../../src/platform/config/config.ts';
import { database } from '../../../src/platform/db/database.ts';
import { runDueJobs } from '../../../src/platform/jobs/worker.ts';
import { capturingTransport } from '../../../src/platform/mail/captured-mail.ts';
import { mailTasks } from '../../../src/platform/mail/mail-tasks.ts';
import {
  capturedMailsTo,
  greetingTemplate,
  invitationUrl,
  mailSources,
  queueGreeting,
} from '../../support/mail.ts';

const app = createApp();

afterAll(() => database.close());

test('without a mail server, mails are captured in private files and listed newest first', async () => {
  expect((await request(app).get('/dev/mailbox.json')).body).toEqual([]);

  const first = randomUUID();
  const second = randomUUID();
  await queueGreeting('first@example.org', first);
  await runDueJobs(mailTasks(mailSources(greetingTemplate)));
  await queueGreeting('second@example.org', second);
  await runDueJobs(mailTasks(mailSources(greetingTemplate)));

  const { body } = await request(app).get('/dev/mailbox.json');
  expect(body).toMatchObject([
    { to: 'second@example.org', links: [invitationUrl(second)] },
    { to: 'first@example.org', links: [invitationUrl(first)] },
  ]);
  expect(Object.keys(body[0]).sort()).toEqual(['html', 'links', 'subject', 'text', 'to']);
  expect(body[0].text).toContain(invitationUrl(second));

  const folder = join(config.dataDir, 'mailbox');
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  const files = await readdir(folder);
  expect(files).toHaveLength(2);
  for (const file of files) expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
});

test('the HTML of a mail is sandboxed', async () => {
  const [mail] = await capturedMailsTo('first@example.org');
  const { headers, text } = await request(app).get(`/dev/mailbox/${mail?.id}/html`);
  expect(headers['content-security-policy']).toMatch(/^sandbox allow-popups; default-src 'none'/);
  expect(headers['x-frame-options']).toBe('SAMEORIGIN');
  expect(text).toBe(mail?.html);
});

test('the page lists mails and shows one with its links', async () => {
  const [mail] = await capturedMailsTo('first@example.org');
  const list = await request(app).get('/dev/mailbox');
  expect(list.status).toBe(200);
  expect(list.text).toContain(`href="/dev/mailbox/${mail?.id}"`);
  const page = await request(app).get(`/dev/mailbox/${mail?.id}`);
  expect(page.text).toContain('To first@example.org');
  expect(page.text).toContain(`href="${mail?.links[0]}"`);
  expect(page.text).toContain(`src="/dev/mailbox/${mail?.id}/html"`);
});

test('the JSON list contains thousands of mails', async () => {
  const mail = {
    to: 'many@example.org',
    replyTo: 'office@example.org',
    unsubscribeLink: null,
    subject: 'Many',
    text: 'Many',
    html: '<p>Many</p>',
    language: 'en',
  };
  for (let n = 0; n < 1_200; n += 1)
    await capturingTransport.send({ ...mail, messageId: `<${n}@localhost>` });
  const { body } = await request(app).get('/dev/mailbox.json');
  expect(body).toHaveLength(1_202);
  expect((await request(app).get('/dev/mailbox')).text).toContain('See all of them as JSON');
});

test('an id can’t refer to a file outside the mailbox', async () => {
  for (const id of ['..%2F..%2Fpackage', 'nothing']) {
    expect((await request(app).get(`/dev/mailbox/${id}/html`)).status).toBe(404);
  }
});
