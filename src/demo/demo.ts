import { randomInt } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Account,
  accountWithAddress,
  changePassword,
  createAccount,
  type NewAccount,
} from '../accounts/account.ts';
import { hashPassword, verifyPassword } from '../accounts/password.ts';
import type { Actor } from '../audit/audit.ts';
import { config } from '../config.ts';
import { inTransaction } from '../database.ts';
import { warnings } from '../invitations/eligibility.ts';
import { onlyOne } from '../invitations/held.ts';
import { openInvitationFor } from '../invitations/invitation.ts';
import { inviteOne } from '../invitations/invite.ts';
import { currentLink, linkUrl } from '../invitations/link.ts';
import { resend } from '../invitations/resend.ts';
import { signLink } from '../links.ts';
import { migrate } from '../migrations.ts';
import { isCode, withLock, writeWhole } from './files.ts';
import { sampleAddresses } from './sample/people.ts';
import { addSampleData } from './sample/sample.ts';

const actor: Actor = { kind: 'command' };

const staff = [
  { email: 'admin@example.org', name: 'Ada Office', staffRole: 'admin', variable: 'ADMIN_PASSWORD' },
  { email: 'support@example.org', name: 'Sam Support', staffRole: 'support', variable: 'SUPPORT_PASSWORD' },
] as const;

/**
 * Migrates and fills the database with invented records, two staff accounts, two months of inviting and an open
 * invitation. A second run adds nothing, and waits for one at work.
 * @returns what to print: the addresses, the sign-ins and the invitation's link
 */
export async function prepareDemo(): Promise<string> {
  if (config.environment === 'production') throw new Error('The demo never runs in production (NODE_ENV).');
  await mkdir(config.dataDir, { recursive: true });
  return withLock(join(config.dataDir, 'demo.lock'), prepare);
}

async function prepare(): Promise<string> {
  await migrate();
  const passwords = await keptPasswords();
  const signIns: string[] = [];
  const accounts: NewAccount[] = [];
  for (const { email, name, staffRole } of staff) {
    const password = passwords[email] ?? '';
    accounts.push({ email, name, staffRole, passwordHash: await hashPassword(password), yearOfBirth: 1980 });
    signIns.push(`  ${staffRole.padEnd(8)} ${email.padEnd(22)} ${password}`);
  }
  await addSampleData(accounts);
  for (const account of accounts) await ensureAccount(account, passwords[account.email] ?? '');
  const { address, link } = await openInvitation();
  return [
    '',
    `Homecoming is running:     ${config.baseUrl}`,
    `The staff’s panel:         ${config.baseUrl}/admin`,
    ...(config.smtpUrl ? [] : [`Mail that it sends:        ${config.baseUrl}/dev/mailbox`]),
    '',
    'Sign in as',
    ...signIns,
    '',
    `An invitation for ${address}:`,
    `  ${link}`,
    '',
    'Ctrl-C stops it. The data stays for the next time.',
  ].join('\n');
}

/** Makes sure that there is this account, and that it has that password. */
async function ensureAccount(account: NewAccount, password: string): Promise<void> {
  const existing = await accountWithAddress(account.email);
  if (existing && (await verifyPassword(existing.passwordHash, password))) return;
  await inTransaction(async () => {
    if (existing) await changePassword(existing.id, account.passwordHash, actor);
    else await createAccount(account, actor);
  });
}

// What the variables don't set is drawn once and kept, so that a restart doesn't sign anybody out.
async function keptPasswords(): Promise<Record<string, string>> {
  const file = join(config.dataDir, 'demo-sign-ins.json');
  const kept = await readPasswords(file);
  for (const { email, variable } of staff)
    kept[email] = process.env[variable] || kept[email] || newPassword();
  await writeWhole(file, `${JSON.stringify(kept, null, 2)}\n`);
  return kept;
}

async function readPasswords(file: string): Promise<Record<string, string>> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (isCode(error, 'ENOENT')) return {};
    throw error;
  }
}

function newPassword(): string {
  const syllables = Array.from(
    { length: 6 },
    () => `${pick('bdfgklmnprstvz')}${pick('aeiou')}${pick('lmnrst')}`,
  );
  return syllables.join('').replace(/(.{6})(?=.)/g, '$1-');
}

function pick(letters: string): string {
  return letters.charAt(randomInt(letters.length));
}

// The first sample address whose invitation is still open or not yet made; when all have registered, the last is told.
async function openInvitation(): Promise<{ address: string; link: string }> {
  for (const email of Object.values(sampleAddresses)) {
    if (await accountWithAddress(email)) continue;
    const earlier = await openInvitationFor(email);
    const link = earlier?.status === 'pending' ? await currentLink(earlier.id) : null;
    const linkId = link ?? (await makeInvitation(email, earlier?.id ?? null));
    return { address: email, link: linkUrl(signLink('invitation', linkId)) };
  }
  const accounts = await Account.count();
  return {
    address: 'nobody new',
    link: `All sample addresses have registered (${accounts} accounts); invite another one.`,
  };
}

async function makeInvitation(email: string, expiredId: string | null): Promise<string> {
  if (expiredId !== null)
    return onlyOne(await resend([expiredId], { delivery: 'mail' }, actor), 'sent again').linkId;
  const message = 'We would be glad to have you back.';
  const given = {
    email,
    message,
    validityDays: 7,
    delivery: 'mail',
    override: warnings,
  } as const;
  return (await inviteOne(given, actor)).linkId;
}
