import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Transport } from '../../../src/platform/mail/outgoing-mail.ts';
import { classifySmtpError } from '../../../src/platform/mail/smtp-error.ts';
import { createSmtpTransport } from '../../../src/platform/mail/transport.ts';
import { startMailServer, type TestMailServer } from '../../support/smtp-server.ts';

let server: TestMailServer;
let transport: Transport;

beforeEach(async () => {
  server = await startMailServer();
  transport = createSmtpTransport(server.url);
});
afterEach(async () => {
  transport.close();
  await server.stop();
});

const mail = {
  messageId: '<1@example.org>',
  subject: 'Hello',
  text: 'Hello\n',
  html: '<p>Hello</p>',
  language: 'en',
  replyTo: 'office@example.org',
  unsubscribeLink: null,
};

test.each([
  'one@example.org, two@example.org',
  'One <one@example.org>',
  'one@example.org>\r\nRCPT TO:<two@example.org',
])('an invalid recipient is never parsed as several: %j', async (to) => {
  await transport.send({ ...mail, to }).catch(() => {});
  const recipients = server.received.flatMap((received) => received.to);
  expect(server.reached.recipient).toBeLessThanOrEqual(1);
  expect(recipients).not.toContain('one@example.org');
  expect(recipients).not.toContain('two@example.org');
});

test('a line break in a subject can’t inject a header', async () => {
  const subject = 'Hello\r\nBcc: two@example.org\r\n\r\nBody';
  await transport.send({ ...mail, to: 'one@example.org', subject });
  expect(server.received[0]?.to).toEqual(['one@example.org']);
  expect(server.received[0]?.raw).not.toMatch(/^Bcc/im);
});

test('a refused connection is classified as unreachable', async () => {
  await server.stop();
  const error = await transport.send({ ...mail, to: 'one@example.org' }).catch((thrown: unknown) => thrown);
  expect(classifySmtpError(error)).toMatchObject({ kind: 'unreachable', summary: 'ESOCKET at CONN' });
});
