import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { config } from '../../src/platform/config/config.ts';
import { runDueJobs } from '../../src/platform/jobs/worker.ts';
import { capturingTransport, listCapturedMails } from '../../src/platform/mail/captured-mail.ts';
import type { Transport } from '../../src/platform/mail/outgoing-mail.ts';
import { createSmtpTransport } from '../../src/platform/mail/transport.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { createTasks } from '../../src/tasks.ts';
import { queryRows } from '../support/database.ts';
import { createTestRecord, newVisitor, signInStaff, validPassword } from '../support/fixtures.ts';
import { type ReceivedMail, startMailServer, type TestMailServer } from '../support/smtp-server.ts';
import type { VisitedPage, Visitor } from '../support/visitor.ts';

/** Every page and mail that shows text that people entered. `capturedMail` are the pages of the demo's mailbox. */
export type Rendered = Readonly<{
  pages: Record<string, VisitedPage>;
  mails: Record<string, ReceivedMail>;
  capturedMail: VisitedPage[];
}>;

let server: TestMailServer;
let transport: Transport;
let admin: Visitor;

export async function startRendering(): Promise<void> {
  server = await startMailServer();
  transport = createSmtpTransport(server.url, { connection: 5_000, greeting: 5_000, idle: 5_000 });
  admin = await signInStaff('admin');
}

export async function stopRendering(): Promise<void> {
  transport.close();
  await server.stop();
}

/** Stores a text in every free-text field, and renders every page and mail that shows one. */
export async function renderEverythingWith(text: string): Promise<Rendered> {
  await queryRows(`truncate invitations, profiles, alumni_members, messages, rate_limits cascade`);
  await queryRows(`delete from accounts where staff_role is null`);
  await queryRows(`update accounts set name = $1`, [text.slice(0, 200)]);
  const fields = ['support_email', 'support_phone', 'mail_footer'].map((field) => `${field} = $1::text`);
  await queryRows(`update settings set ${fields}, organisation_name = $2`, [text, text.slice(0, 100)]);
  await readSettings();
  await rm(join(config.dataDir, 'mailbox'), { recursive: true, force: true });
  server.received.length = 0;
  const pages: Record<string, VisitedPage> = {};
  const sharedLink = await inviteByLink(text, pages);
  await registerByMail(text, pages);
  await proveMailbox(sharedLink, pages);
  await browse(text, pages);
  await staffPages(text, pages);
  await sendMail();
  const mails = mailsByKind();
  return { pages, mails, capturedMail: await renderCapturedMail(mails.reset) };
}

async function sendMail(): Promise<void> {
  await runDueJobs(createTasks(transport));
}

async function invite(fields: Record<string, string>): Promise<VisitedPage> {
  await admin.open('/admin/invitations/new');
  return admin.submit('/admin/invitations', fields);
}

async function inviteByLink(message: string, pages: Record<string, VisitedPage>): Promise<string> {
  pages['the link to share'] = await invite({ email: 'shared@example.org', message, delivery: 'link' });
  return String(admin.page.$('#invitation-link').val());
}

async function registerByMail(text: string, pages: Record<string, VisitedPage>): Promise<void> {
  const email = 'amma@example.org';
  const recordId = await createTestRecord(email, { lastName: text.slice(0, 100) });
  await queryRows(`update alumni_members set first_name = $1, center = $1`, [text.slice(-100)]);
  await invite({ email, message: text });
  await sendMail();
  const visitor = newVisitor();
  pages.invitation = await visitor.open(linkIn(server.received[0]));
  pages.declining = await visitor.open('/register/decline');
  await visitor.open('/register');
  pages['the form with errors'] = await visitor.submit('/register', { name: `${text} <`, password: 'short' });
  const answers = { name: 'Amma', password: validPassword, [`records[${recordId}]`]: 'self' };
  pages.welcome = await visitor.submit('/register', answers);
  await queryRows(`update accounts set name = $1`, [text.slice(0, 200)]);
  pages.home = await visitor.open('/home');
  pages['landing page, signed in'] = await visitor.open('/');
}

async function proveMailbox(link: string, pages: Record<string, VisitedPage>): Promise<void> {
  const visitor = newVisitor();
  pages['the mailbox'] = await visitor.open(link);
  pages['the code'] = await visitor.submit('/register/codes');
}

async function browse(text: string, pages: Record<string, VisitedPage>): Promise<void> {
  const visitor = newVisitor();
  pages.landing = await visitor.open('/');
  pages['not found'] = await visitor.open(`/${encodeURIComponent(text)}`);
  await visitor.open('/sign-in');
  pages['sign-in with errors'] = await visitor.submit('/sign-in', { email: text, password: text });
  await visitor.open('/forgot-password');
  await visitor.submit('/forgot-password', { email: 'amma@example.org' });
}

async function staffPages(text: string, pages: Record<string, VisitedPage>): Promise<void> {
  pages['invite with errors'] = await invite({ email: text, message: text, validityDays: text.slice(0, 5) });
  pages['invite twice'] = await invite({ email: 'shared@example.org', message: text });
  await admin.open('/admin/invitations?q=shared');
  await admin.open(admin.page.$('tbody a').first().attr('href') ?? '');
  const path = `${admin.page.path}/revocation`;
  await admin.open(path);
  pages.revoked = await admin.submit(path, { reason: text });
  pages.search = await admin.open(
    `/admin/invitations?q=${encodeURIComponent(text)}&sort=${encodeURIComponent(text)}`,
  );
  pages.list = await admin.open('/admin/invitations');
}

function mailsByKind(): Record<string, ReceivedMail> {
  const kinds = {
    invitation: 'Open this link to register',
    code: 'enter this code',
    welcome: 'Your account is ready',
    reset: 'asked for a new password',
  };
  return Object.fromEntries(
    Object.entries(kinds).flatMap(([kind, words]) =>
      server.received.filter(({ mail }) => mail.text?.includes(words)).map((mail) => [kind, mail]),
    ),
  );
}

/** The demo's pages that show a mail. */
async function renderCapturedMail(mail: ReceivedMail | undefined): Promise<VisitedPage[]> {
  const { subject = '', text = '', html = '' } = mail?.mail ?? {};
  await capturingTransport.send({
    messageId: '<1@localhost>',
    to: 'amma@example.org',
    subject,
    text,
    html,
    language: 'en',
    replyTo: 'office@example.org',
    unsubscribeLink: null,
  });
  const visitor = newVisitor();
  const [last] = await listCapturedMails();
  return [
    await visitor.open(`/dev/mailbox/${last?.id}`),
    await visitor.open(`/dev/mailbox/${last?.id}/html`),
  ];
}

function linkIn(mail: ReceivedMail | undefined): string {
  const [link] = (mail?.mail.text ?? '')
    .split(/\s+/)
    .filter((word) => word.startsWith(`${config.baseUrl}/register?`));
  if (!link) throw new Error('no link in the mail');
  return link;
}
