import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Transport } from '../../../src/platform/mail/outgoing-mail.ts';
import { classifySmtpError } from '../../../src/platform/mail/smtp-error.ts';
import { createSmtpTransport } from '../../../src/platform/mail/transport.ts';
import { startMailServer, type TestMailServer } from '../../support/smtp-server.ts';

let server: TestMailServer;
let post: Transport;

beforeEach(async () => {
  server = await startMailServer();
  post = createSmtpTransport(server.url);
});
afterEach(async () => {
  post.close();
  await server.stop();
});

const mail = { messageId: '<1@example.org>', subject: 'Hello', text: 'Hello\n', html: '<p>Hello</p>' };

test.each([
  'one@example.org, two@example.org',
  'One <one@example.org>',
  'one@example.org>\r\nRCPT TO:<two@example.org',
])('What is no address is never read as others: %j', async (to) => {
  await post.send({ ...mail, to }).catch(() => {});
  const recipients = server.received.flatMap((taken) => taken.to);
  expect(server.reached.recipient).toBeLessThanOrEqual(1);
  expect(recipients).not.toContain('one@example.org');
  expect(recipients).not.toContain('two@example.org');
});

test('A line break in a subject begins no header', async () => {
  const subject = 'Hello\r\nBcc: two@example.org\r\n\r\nBody';
  await post.send({ ...mail, to: 'one@example.org', subject });
  expect(server.received[0]?.to).toEqual(['one@example.org']);
  expect(server.received[0]?.raw).not.toMatch(/^Bcc/im);
});

test('A refused connection is no refusal of us', async () => {
  await server.stop();
  const error = await post.send({ ...mail, to: 'one@example.org' }).catch((thrown: unknown) => thrown);
  expect(classifySmtpError(error)).toMatchObject({ kind: 'unreachable', summary: 'ESOCKET at CONN' });
});
