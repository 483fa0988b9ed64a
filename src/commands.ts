import './associations.ts';
import type { ReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { createAccount, staffRoles } from './accounts/account.ts';
import { addressField, nameField } from './accounts/fields.ts';
import { hashPassword, passwordFault } from './accounts/password.ts';
import { importAlumni } from './alumni/import.ts';
import { describeImport, importExitStatus } from './alumni/import-report.ts';
import type { Actor } from './audit/audit.ts';
import { inTransaction } from './database.ts';
import { Invalid } from './errors.ts';
import { type ReasonName, warnings } from './invitations/eligibility.ts';
import { days } from './invitations/extension.ts';
import { onlyOne } from './invitations/held.ts';
import { type Invitation, openInvitationFor } from './invitations/invitation.ts';
import { inviteOne } from './invitations/invite.ts';
import { linkUrl } from './invitations/link.ts';
import { NotEligible } from './invitations/not-eligible.ts';
import { resend } from './invitations/resend.ts';
import { revoke } from './invitations/revoke.ts';
import { signLink } from './links.ts';
import { readReports } from './mail/report-file.ts';
import { type Recorded, recordReports } from './mail/reports.ts';
import { migrate } from './migrations.ts';
import { readSettings } from './settings.ts';

const actor: Actor = { kind: 'command' };
const role = z.enum(staffRoles, { error: 'The role is support or admin' }).optional();

/** Each verb takes what was typed and answers with the line to print. @throws with what to do */
export async function migrateDatabase(): Promise<string> {
  const done = await migrate();
  return done.length > 0 ? `Ran ${done.join(', ')}.` : 'The database is up to date.';
}

const newAccount = z.object({ email: addressField, name: nameField, role });

export async function createNewAccount(
  address: string,
  options: { name: string; role?: string },
): Promise<string> {
  const { email, name, role: staffRole = null } = typed(newAccount, { email: address, ...options });
  const password = await firstLine();
  const fault = passwordFault(password, [email, name]);
  if (fault)
    throw new Invalid({ password: `${fault}. The password is read from the first line of standard input.` });
  const passwordHash = await hashPassword(password);
  await inTransaction(() => createAccount({ email, name, passwordHash, staffRole }, actor));
  return `${email} can sign in${staffRole ? ` as ${staffRole}` : ''}.`;
}

export async function importFile(file: string): Promise<string> {
  const result = await importAlumni(await streamOf(file), actor);
  process.exitCode = importExitStatus(result);
  return describeImport(result);
}

const newInvitation = z.object({
  email: addressField,
  days: z.coerce.number().pipe(days).optional(),
  role,
  message: z.string().trim().max(2000).optional(),
  link: z.boolean().default(false),
  replace: z.boolean().default(false),
  override: z
    .string()
    .default('')
    .transform((names) => names.split(',').filter(Boolean))
    .pipe(
      z.array(
        z.enum(warnings as [ReasonName, ...ReasonName[]], {
          error: `--override takes names of warnings: ${warnings.join(', ')}`,
        }),
      ),
    ),
});

export async function inviteAddress(address: string, options: Record<string, unknown>): Promise<string> {
  const given = typed(newInvitation, { email: address, ...options });
  const validityDays = given.days ?? (await readSettings()).invitationDays;
  const delivery = given.link ? 'link' : 'mail';
  const { email, message = null, role: staffRole = null } = given;
  const override = given.replace ? [...given.override, 'open' as const] : given.override;
  const details = { email, message, validityDays, staffRole, delivery, override } as const;
  const { linkId } = await inviteOne(details, actor).catch((error: unknown) => {
    throw error instanceof NotEligible ? new Error(`${error.message} ${howToOverride(error)}`.trim()) : error;
  });
  return given.link
    ? linkUrl(signLink('invitation', linkId))
    : `${email} is invited; the worker sends the mail.`;
}

export async function resendInvitation(address: string, options: { link?: boolean }): Promise<string> {
  const { id, email } = await openInvitation(address);
  const delivery = options.link ? 'link' : 'mail';
  const { linkId } = onlyOne(await resend([id], { delivery }, actor), 'sent again');
  return options.link
    ? linkUrl(signLink('invitation', linkId))
    : `${email} gets a new link; the worker sends the mail. Older links no longer work.`;
}

export async function revokeInvitation(address: string, options: { reason?: string }): Promise<string> {
  const { id, email } = await openInvitation(address);
  const reason = typed(z.string().trim().max(500).optional(), options.reason);
  onlyOne(await revoke([id], reason || null, actor), 'revoked');
  return `The invitation of ${email} is revoked. Its link no longer works.`;
}

export async function recordBounces(file: string, { dryRun = false }: { dryRun?: boolean }): Promise<string> {
  const input = file === '-' ? process.stdin : await streamOf(file);
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  return describeRecorded(await recordReports(readReports(lines), { dryRun }, actor), dryRun);
}

function describeRecorded(
  { bounced, complained, already, ignored, unknown }: Recorded,
  dryRun: boolean,
): string {
  const told = [
    `${dryRun ? 'Would record' : 'Recorded'}: ${bounced} bounced, ${complained} complained.`,
    ...(already > 0 ? [`On the list already: ${already}.`] : []),
    ...(ignored > 0 ? [`Messages that report neither a refusal nor a complaint: ${ignored}.`] : []),
    ...(unknown.length > 0 ? [`We have not written to: ${unknown.map(printable).join(', ')}`] : []),
  ];
  return told.join('\n');
}

/** What stands in a file must not steer the terminal. */
function printable(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '').slice(0, 254);
}

async function streamOf(file: string): Promise<ReadStream> {
  const opened = await open(file).catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      error.code === 'ENOENT' ? `There is no file ${file}.` : `The file ${file} can’t be read.`,
    );
  });
  return opened.createReadStream();
}

function howToOverride({ canOverride, reasons }: NotEligible): string {
  if (!canOverride) return '';
  const names = reasons.map(({ name }) => name);
  if (names.join() === 'open') return 'Add --replace to revoke that one and invite again.';
  return `To invite anyway, use --override ${names.join(',')}.`;
}

async function openInvitation(address: string): Promise<Invitation> {
  const { email } = typed(z.object({ email: addressField }), { email: address });
  const invitation = await openInvitationFor(email);
  if (!invitation) throw new Error(`${email} has no open invitation.`);
  return invitation;
}

function typed<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const result = schema.safeParse(given);
  if (!result.success) throw new Error(result.error.issues.map(({ message }) => `${message}.`).join('\n'));
  return result.data;
}

async function firstLine(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write('Password (shown while typed): ');
  for await (const line of createInterface({ input: process.stdin })) return line;
  return '';
}
