import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startMailServer, type TestMailServer } from '../../support/smtp-server.ts';

// The configuration is read when it is first imported; here it is that of production.
beforeEach(() => {
  vi.stubEnv('NODE_ENV', 'production');
  vi.stubEnv('BASE_URL', 'https://alumni.example.edu');
  vi.stubEnv('MAIL_FROM', 'Alumni Office <office@example.edu>');
  vi.stubEnv('SMTP_URL', 'smtps://mail.example.edu');
});

let server: TestMailServer | undefined;
afterEach(async () => {
  vi.unstubAllEnvs();
  await server?.stop();
});

test.each([
  ['without TLS', 'none'],
  ['with an untrusted certificate', 'starttls'],
  ['with an untrusted certificate and implicit TLS', 'implicit'],
] as const)('in production, a server %s gets neither the password nor a mail', async (_name, tls) => {
  server = await startMailServer(tls);
  const { createSmtpTransport } = await import('../../../src/platform/mail/transport.ts');
  const { classifySmtpError } = await import('../../../src/platform/mail/smtp-error.ts');
  const transport = createSmtpTransport(server.url);
  const mail = {
    messageId: '<1@example.edu>',
    to: 'amma@example.edu',
    subject: 'a',
    text: 'b',
    html: 'c',
    language: 'en',
    replyTo: 'office@example.edu',
    unsubscribeLink: null,
  };
  const error = await transport.send(mail).catch((thrown: unknown) => thrown);
  transport.close();
  expect(classifySmtpError(error).kind).toBe('sender-refused');
  expect(server.reached['sign-in']).toBe(0);
  expect(server.received).toEqual([]);
});
