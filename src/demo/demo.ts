import { randomInt } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Account,
  createAccount,
  findAccountByEmail,
  type NewAccount,
  setPassword,
} from '../accounts/account.ts';
import { hashPassword, verifyPassword } from '../accounts/password.ts';
import { warningNames } from '../invitations/eligibility/eligibility.ts';
import { findOpenInvitation } from '../invitations/invitation.ts';
import { inviteOne } from '../invitations/invite.ts';
import { findCurrentLinkId, linkUrl } from '../invitations/link.ts';
import { getSingleResult } from '../invitations/operation.ts';
import { resendInvitations } from '../invitations/resend.ts';
import type { Actor } from '../platform/audit/audit.ts';
import { config } from '../platform/config/config.ts';
import { signLinkToken } from '../platform/crypto/signed-links.ts';
import { inTransaction } from '../platform/db/database.ts';
import { migrate } from '../platform/db/migrations.ts';
import { t } from '../platform/i18n/i18n.ts';
import { hasErrorCode, withFileLock, writeAtomically } from './files.ts';
import { sampleAddresses } from './sample/people.ts';
import { addSampleData } from './sample/sample.ts';

const actor: Actor = { kind: 'command' };

const staff = [
  { email: 'admin@example.org', name: 'Ada Office', staffRole: 'admin', variable: 'ADMIN_PASSWORD' },
  { email: 'support@example.org', name: 'Sam Support', staffRole: 'support', variable: 'SUPPORT_PASSWORD' },
] as const;

/**
 * Migrates the database and fills it with sample data: records, staff accounts, two months of activity and an open invitation.
 * A second run adds nothing; a concurrent run waits.
 * @returns the text to print: URLs, sign-ins and the invitation's link
 */
export async function prepareDemo(): Promise<string> {
  if (config.environment === 'production') throw new Error(t('demo:errors.production'));
  await mkdir(config.dataDir, { recursive: true });
  return withFileLock(join(config.dataDir, 'demo.lock'), migrateAndFill);
}

async function migrateAndFill(): Promise<string> {
  await migrate();
  const passwords = await loadOrCreatePasswords();
  const signIns: string[] = [];
  const accounts: NewAccount[] = [];
  for (const { email, name, staffRole } of staff) {
    const password = passwords[email] ?? '';
    accounts.push({ email, name, staffRole, passwordHash: await hashPassword(password), yearOfBirth: 1980 });
    signIns.push(`  ${staffRole.padEnd(8)} ${email.padEnd(22)} ${password}`);
  }
  await addSampleData(accounts);
  for (const account of accounts) await ensureAccount(account, passwords[account.email] ?? '');
  const invitation = await describeOpenInvitation();
  const urls = [
    [t('demo:banner.running'), config.baseUrl],
    [t('demo:banner.staff'), `${config.baseUrl}/admin`],
    ...(config.smtpUrl ? [] : [[t('demo:banner.mailbox'), `${config.baseUrl}/dev/mailbox`]]),
  ];
  const width = Math.max(...urls.map(([label = '']) => label.length)) + 5;
  return [
    '',
    ...urls.map(([label = '', url = '']) => `${label.padEnd(width)}${url}`),
    '',
    t('demo:banner.signIn'),
    ...signIns,
    '',
    ...invitation,
    '',
    t('demo:banner.stop'),
  ].join('\n');
}

/** Makes sure that the account exists and has the password. */
async function ensureAccount(account: NewAccount, password: string): Promise<void> {
  const existing = await findAccountByEmail(account.email);
  if (existing && (await verifyPassword(existing.passwordHash, password))) return;
  await inTransaction(async () => {
    if (existing) await setPassword(existing.id, account.passwordHash, actor);
    else await createAccount(account, actor);
  });
}

// Passwords that aren't set by environment variables are generated once and stored, so that a restart doesn't change them.
async function loadOrCreatePasswords(): Promise<Record<string, string>> {
  const file = join(config.dataDir, 'demo-sign-ins.json');
  const passwords = await readPasswords(file);
  for (const { email, variable } of staff)
    passwords[email] = process.env[variable] || passwords[email] || generatePassword();
  await writeAtomically(file, `${JSON.stringify(passwords, null, 2)}\n`);
  return passwords;
}

async function readPasswords(file: string): Promise<Record<string, string>> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return {};
    throw error;
  }
}

function generatePassword(): string {
  const syllables = Array.from(
    { length: 6 },
    () => `${pickLetter('bdfgklmnprstvz')}${pickLetter('aeiou')}${pickLetter('lmnrst')}`,
  );
  return syllables.join('').replace(/(.{6})(?=.)/g, '$1-');
}

function pickLetter(letters: string): string {
  return letters.charAt(randomInt(letters.length));
}

// The invitation of the first sample address that hasn't registered yet, sent again if it has expired.
async function describeOpenInvitation(): Promise<string[]> {
  for (const email of Object.values(sampleAddresses)) {
    if (await findAccountByEmail(email)) continue;
    const existing = await findOpenInvitation(email);
    const currentLinkId = existing?.status === 'pending' ? await findCurrentLinkId(existing.id) : null;
    const linkId = currentLinkId ?? (await issueInvitation(email, existing?.id ?? null));
    return [t('demo:banner.invitation', { email }), `  ${linkUrl(signLinkToken('invitation', linkId))}`];
  }
  return [t('demo:banner.noInvitation', { count: await Account.count() })];
}

async function issueInvitation(email: string, expiredId: string | null): Promise<string> {
  if (expiredId !== null)
    return getSingleResult(await resendInvitations([expiredId], { delivery: 'mail' }, actor)).linkId;
  const message = t('demo:sample.message');
  const details = {
    email,
    message,
    validityDays: 7,
    delivery: 'mail',
    override: warningNames,
  } as const;
  return (await inviteOne(details, actor)).linkId;
}
