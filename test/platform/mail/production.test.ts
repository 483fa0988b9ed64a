import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startMailServer, type TestMailServer } from '../../support/smtp-server.ts';

// The settings are read once, by the first import: here it is a production's.
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
  ['with a certificate nobody vouches for', 'starttls'],
  ['with such a certificate from the start', 'implicit'],
] as const)('Production gives a server %s neither its password nor a mail', async (_what, tls) => {
  server = await startMailServer(tls);
  const { createSmtpTransport: smtpTransport } = await import('../../../src/platform/mail/transport.ts');
  const { classifySmtpError: setbackOf } = await import('../../../src/platform/mail/smtp-error.ts');
  const post = smtpTransport(server.url);
  const mail = { messageId: '<1@example.edu>', to: 'amma@example.edu', subject: 'a', text: 'b', html: 'c' };
  const error = await post.send(mail).catch((thrown: unknown) => thrown);
  post.close();
  expect(setbackOf(error).kind).toBe('sender-refused');
  expect(server.reached['sign-in']).toBe(0);
  expect(server.received).toEqual([]);
});
