import { randomInt } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Account, accountWithAddress, changePassword, type StaffRole } from '../accounts/account.ts';
import { hashPassword, verifyPassword } from '../accounts/password.ts';
import type { Actor } from '../audit/audit.ts';
import { config } from '../config.ts';
import { inTransaction } from '../database.ts';
import { openInvitationFor } from '../invitations/invitation.ts';
import { invite, resend } from '../invitations/invite.ts';
import { currentLink, linkUrl } from '../invitations/link.ts';
import { signLink } from '../links.ts';
import { migrate } from '../migrations.ts';
import { isCode, withLock, writeWhole } from './files.ts';
import { addSampleRecords, sampleAddresses } from './sample.ts';
import { addSampleCampaign } from './sample-campaign.ts';
import { addSampleGroups } from './sample-groups.ts';
import { addSampleStaff } from './sample-staff.ts';

const actor: Actor = { kind: 'command' };

const staff: readonly { email: string; name: string; staffRole: StaffRole; variable: string }[] = [
  { email: 'admin@example.org', name: 'Ada Office', staffRole: 'admin', variable: 'ADMIN_PASSWORD' },
  { email: 'support@example.org', name: 'Sam Support', staffRole: 'support', variable: 'SUPPORT_PASSWORD' },
];

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
  await addSampleRecords();
  const passwords = await keptPasswords();
  const signIns: string[] = [];
  const ids: string[] = [];
  for (const person of staff) {
    const password = passwords[person.email] ?? '';
    ids.push(await ensureAccount(person, password));
    signIns.push(`  ${person.staffRole.padEnd(8)} ${person.email.padEnd(22)} ${password}`);
  }
  const [adminId = '', supportId = ''] = ids;
  await addSampleGroups(adminId);
  await addSampleCampaign({ adminId, supportId });
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

/** @returns the id of the account, which has that password now */
async function ensureAccount(person: (typeof staff)[number], password: string): Promise<string> {
  const existing = await accountWithAddress(person.email);
  if (existing && (await verifyPassword(existing.passwordHash, password))) return existing.id;
  const passwordHash = await hashPassword(password);
  return inTransaction(async () => {
    if (!existing) return addSampleStaff({ ...person, passwordHash, yearOfBirth: 1980 });
    await changePassword(existing.id, passwordHash, actor);
    return existing.id;
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
  if (expiredId !== null) return (await resend(expiredId, 'mail', actor)).linkId;
  const message = 'We would be glad to have you back.';
  const given = {
    email,
    message,
    validityDays: 7,
    staffRole: null,
    delivery: 'mail',
    replace: true,
  } as const;
  return (await invite(given, actor)).linkId;
}
