import nodemailer from 'nodemailer';
import { config } from '../config/config.ts';
import { capturingTransport } from './captured-mail.ts';
import type { Transport } from './outgoing-mail.ts';

/** In milliseconds: until connected, until greeted, and of silence in between. */
export type SmtpTimeouts = Readonly<{ connection: number; greeting: number; idle: number }>;

const defaultTimeouts: SmtpTimeouts = { connection: 15_000, greeting: 15_000, idle: 60_000 };

let sharedTransport: Transport | undefined;

/** This process's way out: the mail server of `SMTP_URL`, or the catch of `/dev/mailbox`. */
export function getTransport(): Transport {
  sharedTransport ??= config.smtpUrl === null ? capturingTransport : createSmtpTransport(config.smtpUrl);
  return sharedTransport;
}

/** A pool of connections to one mail server. In production only over TLS, to a server with a valid certificate. */
export function createSmtpTransport(smtpUrl: string, timeouts = defaultTimeouts): Transport {
  const server = new URL(smtpUrl);
  const secure = server.protocol === 'smtps:';
  const production = config.environment === 'production';
  const mailer = nodemailer.createTransport({
    pool: true,
    maxConnections: 5,
    // Trying again is the queue's work: it survives a restart and is seen by staff.
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
    async send({ messageId, to, subject, text, html }) {
      await mailer.sendMail({
        from: config.mailFrom,
        // Objects, never strings to parse: whatever is stored stands for one recipient at most.
        to: { name: '', address: to },
        envelope: { from: config.mailFrom, to: { name: '', address: to } },
        messageId,
        subject,
        text,
        html,
        xMailer: false,
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
    },
    close: () => mailer.close(),
  };
}

function parseCredentials(server: URL): { user: string; pass: string } {
  return { user: decodeURIComponent(server.username), pass: decodeURIComponent(server.password) };
}
