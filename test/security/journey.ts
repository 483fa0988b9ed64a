import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { queryRows } from '../support/database.ts';
import { testEnvironment } from '../support/test-environment.ts';
import { Visitor } from '../support/visitor.ts';
import { compileProduct, type RunningProcess, runNode, startServer } from './processes.ts';

/** The secrets issued and entered during the journey. */
export const secrets = {
  tokens: new Set<string>(),
  codes: new Set<string>(),
  sessions: new Set<string>(),
  passwords: {
    admin: 'quiet river under stones',
    wrong: 'noisy river above stones',
    first: 'seven ships below bridges',
    next: 'eight ships beyond harbours',
    other: 'three winds behind hills',
    short: 'too-short!',
  },
};

type Mail = Readonly<{ to: string; subject: string; text: string; links: string[] }>;

const env = {
  ...testEnvironment,
  DATABASE_URL: process.env.DATABASE_URL ?? '',
  DATA_DIR: process.env.DATA_DIR ?? '',
  LOG_LEVEL: 'trace',
};
const { passwords } = secrets;

let productFolder: string;
let server: RunningProcess & { port: number };
let site: string;

/**
 * Runs the real processes through every use case that involves secrets. `inspect` is called while jobs are queued, and at
 * the end. @returns the output of all processes
 */
export async function playJourney(inspect: () => Promise<void>): Promise<string> {
  productFolder = await compileProduct();
  server = await startServer(productFolder, env);
  site = `http://127.0.0.1:${server.port}`;
  const command = runNode(
    [
      join(productFolder, 'dist', 'cli.js'),
      'create-account',
      'admin@example.org',
      '--name',
      'Ada',
      '--role',
      'admin',
    ],
    env,
    `${passwords.admin}\n`,
  );
  expect(await command.ended).toBe(0);
  const admin = new Visitor(site);
  await admin.signIn('admin@example.org', passwords.wrong);
  await admin.signIn('admin@example.org', passwords.admin);
  await invite(admin, { email: 'amma@example.org' });
  const friend = await openSharedLink(admin);
  await inspect();

  const worker = runNode([join(productFolder, 'dist', 'worker.js')], env);
  await registerTwice(admin, friend);
  await askForNewLink(admin);
  await resetPassword();
  await collectSession(admin);
  await admin.submit('/sign-out');
  await inspect();
  expect([await worker.stop(), await server.stop()]).toEqual([0, 0]);
  return [command, server, worker].map((process) => process.output()).join('\n');
}

async function invite(admin: Visitor, fields: Record<string, string>): Promise<void> {
  await admin.open('/admin/invitations/new');
  await admin.submit('/admin/invitations', { message: 'Come home', ...fields });
  expect(admin.page.path).toMatch(/\/admin\/invitations\/\d+/);
}

async function openSharedLink(admin: Visitor): Promise<Visitor> {
  await invite(admin, { email: 'friend@example.org', delivery: 'link' });
  const link = collectToken(String(admin.page.$('#invitation-link').val()));
  const token = link.split('token=')[1] ?? '';
  const friend = new Visitor(site);
  await friend.open(link);
  await friend.submit('/register/codes');
  await collectSession(friend);
  // Places where people paste the link, and headers that browsers and proxies add.
  for (const path of [
    `/${token}`,
    `/join?token=${token}&token=${token}`,
    `/invite/${token}x`,
    `/reset-password?token=${token}`,
    `/?q=${token}`,
  ]) {
    await new Visitor(site).agent.get(path).set('Referer', link).set('X-Original-URL', link);
  }
  await friend.post('/sign-in', { email: token, password: passwords.wrong, token });
  return friend;
}

async function registerTwice(admin: Visitor, friend: Visitor): Promise<void> {
  const first = await mailTo('amma@example.org', 1);
  await admin.open('/admin/invitations?q=amma');
  await admin.open(admin.page.$('tbody a').first().attr('href') ?? '');
  await admin.submit(`${admin.page.path}/resends`);
  const second = await mailTo('amma@example.org', 2);
  const amma = new Visitor(site);
  expect((await amma.open(linkOf(first))).status).toBe(410);
  await amma.open(linkOf(second));
  await amma.submit('/register', { name: 'Amma', password: passwords.short });
  expect((await amma.submit('/register', { name: 'Amma', password: passwords.first })).path).toBe('/home');
  await collectSession(amma);

  const code = /\b\d{6}\b/.exec((await mailTo('friend@example.org', 1)).text)?.[0] ?? '';
  secrets.codes.add(code);
  await friend.open('/register');
  await friend.submit('/register/mailbox', { code: code === '111111' ? '222222' : '111111' });
  await friend.submit('/register/mailbox', { code });
  expect((await friend.submit('/register', { name: 'Friend', password: passwords.other })).path).toBe(
    '/home',
  );
  await collectSession(friend);
}

async function askForNewLink(admin: Visitor): Promise<void> {
  await invite(admin, { email: 'late@example.org' });
  await mailTo('late@example.org', 1);
  await queryRows(
    `update invitations set created_at = now() - interval '9 days', expires_at = now() - interval '1 day' where email = 'late@example.org'`,
  );
  const late = new Visitor(site);
  await late.open('/register/new-link');
  await late.submit('/register/new-link', { email: 'late@example.org' });
  await late.open(linkOf(await mailTo('late@example.org', 2)));
  await late.open('/register/decline');
  expect((await late.submit('/register/decline', { reason: 'not-me' })).status).toBe(200);
}

async function resetPassword(): Promise<void> {
  const amma = new Visitor(site);
  await amma.open('/forgot-password');
  await amma.submit('/forgot-password', { email: 'amma@example.org' });
  await amma.open(linkOf(await mailTo('amma@example.org', 4)));
  await amma.submit('/reset-password', { password: passwords.short });
  expect((await amma.submit('/reset-password', { password: passwords.next })).path).toBe('/sign-in');
  expect((await amma.signIn('amma@example.org', passwords.first)).status).toBe(422);
  expect((await amma.signIn('amma@example.org', passwords.next)).path).toBe('/home');
  await collectSession(amma);
}

/** Waits until there are `count` mails to an address, and returns the newest. */
async function mailTo(address: string, count: number): Promise<Mail> {
  const mails = await vi.waitFor(
    async () => {
      const { body } = await new Visitor(site).agent.get('/dev/mailbox.json');
      const found = (body as Mail[]).filter(({ to }) => to === address);
      if (found.length < count)
        throw new Error(`${found.length} of ${count} mails to ${address}: ${server.errors()}`);
      return found;
    },
    { timeout: 15_000, interval: 50 },
  );
  for (const { links } of mails) links.forEach(collectToken);
  return mails[0] as Mail;
}

function linkOf(mail: Mail): string {
  return mail.links[0] ?? '';
}

function collectToken(link: string): string {
  const token = /[\w-]{66}$/.exec(link)?.[0];
  if (token) secrets.tokens.add(token);
  return link;
}

async function collectSession(visitor: Visitor): Promise<void> {
  const { request } = await visitor.agent.get('/');
  const [, id] = /homecoming=s%3A([^.;]+)\./.exec(String(request.cookies)) ?? [];
  if (!id) throw new Error('no session');
  secrets.sessions.add(id);
}
