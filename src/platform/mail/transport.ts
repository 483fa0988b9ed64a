import nodemailer from 'nodemailer';
import { config } from '../config/config.ts';
import { capturingTransport } from './captured-mail.ts';
import type { Transport } from './outgoing-mail.ts';

/** In milliseconds. */
export type SmtpTimeouts = Readonly<{ connection: number; greeting: number; idle: number }>;

const defaultTimeouts: SmtpTimeouts = { connection: 15_000, greeting: 15_000, idle: 60_000 };

let sharedTransport: Transport | undefined;

/** The transport of this process: the mail server of `SMTP_URL`, or the captured mail of `/dev/mailbox`. */
export function getTransport(): Transport {
  sharedTransport ??= config.smtpUrl === null ? capturingTransport : createSmtpTransport(config.smtpUrl);
  return sharedTransport;
}

/** Creates a pool of SMTP connections. Production requires TLS and a valid certificate. */
export function createSmtpTransport(smtpUrl: string, timeouts = defaultTimeouts): Transport {
  const server = new URL(smtpUrl);
  const secure = server.protocol === 'smtps:';
  const production = config.environment === 'production';
  const mailer = nodemailer.createTransport({
    pool: true,
    maxConnections: 5,
    // The job queue retries: its retries survive a restart and are visible to staff.
    maxRequeues: 0,
    host: server.hostname.replace(/^\[|\]$/g, ''),
    ...(server.port ? { port: Number(server.port) } : {}),
    secure,
    requireTLS: production && !secure,
    tls: { rejectUnauthorized: production },
    ...(server.username ? { auth: parseCredentials(server) } : {}),
    name: new URL(config.baseUrl).hostname,
    connectionTimeout: timeouts.connection,
    dnsTimeout: timeouts.connection,
    greetingTimeout: timeouts.greeting,
    socketTimeout: timeouts.idle,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ messageId, to, replyTo, subject, text, html, language, unsubscribeLink }) {
      await mailer.sendMail({
        from: config.mailFrom,
        // An object, not a string to be parsed, so that there is never more than one recipient.
        to: { name: '', address: to },
        replyTo: { name: '', address: replyTo },
        envelope: { from: config.mailFrom, to: { name: '', address: to } },
        messageId,
        subject,
        text,
        html,
        xMailer: false,
        headers: {
          'Auto-Submitted': 'auto-generated',
          'Content-Language': language,
          ...(unsubscribeLink === null ? {} : unsubscribeHeaders(unsubscribeLink)),
        },
      });
    },
    close: () => mailer.close(),
  };
}

/** One click in the mail program, without opening a page (RFC 2369, RFC 8058). */
function unsubscribeHeaders(link: string): Record<string, string> {
  return { 'List-Unsubscribe': `<${link}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' };
}

function parseCredentials(server: URL): { user: string; pass: string } {
  return { user: decodeURIComponent(server.username), pass: decodeURIComponent(server.password) };
}
