import './associations.ts';
import type { ReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { createAccount, staffRoles } from './accounts/account.ts';
import { nameField } from './accounts/fields.ts';
import { findPasswordError, hashPassword } from './accounts/password.ts';
import { importAlumni } from './imports/records/command-import.ts';
import { describeImport, importExitCode } from './imports/records/report.ts';
import { type ReasonName, warningNames } from './invitations/eligibility/eligibility.ts';
import { NotEligible } from './invitations/eligibility/not-eligible.ts';
import { findOpenInvitation, type Invitation } from './invitations/invitation.ts';
import { inviteOne } from './invitations/invite.ts';
import { linkUrl } from './invitations/link.ts';
import { getSingleResult } from './invitations/operation.ts';
import { resendInvitations } from './invitations/resend.ts';
import { revokeInvitations } from './invitations/revoke.ts';
import { validityDaysField } from './invitations/validity.ts';
import type { Actor } from './platform/audit/audit.ts';
import { signLinkToken } from './platform/crypto/signed-links.ts';
import { inTransaction } from './platform/db/database.ts';
import { migrate } from './platform/db/migrations.ts';
import { InvalidInput } from './platform/errors.ts';
import { t } from './platform/i18n/i18n.ts';
import { parseReports } from './platform/mail/report-parser.ts';
import { type ReportSummary, recordReports } from './platform/mail/reports.ts';
import { addressField, digitsField, longTextField, textField } from './platform/text/fields.ts';
import { readSettings } from './settings/settings.ts';

const actor: Actor = { kind: 'command' };
const role = z.enum(staffRoles, { error: () => t('cli:errors.role') }).optional();

// Each command takes its arguments as typed and returns the text to print.

export async function migrateDatabase(): Promise<string> {
  const applied = await migrate();
  return applied.length > 0
    ? t('cli:migrations.ran', { names: applied.join(', ') })
    : t('cli:migrations.upToDate');
}

const newAccountSchema = z.object({ email: addressField, name: nameField, role });

export async function createNewAccount(
  address: string,
  options: { name: string; role?: string },
): Promise<string> {
  const {
    email,
    name,
    role: staffRole = null,
  } = parseInput(newAccountSchema, { email: address, ...options });
  const password = await readPasswordFromStdin();
  const problem = findPasswordError(password, [email, name]);
  if (problem)
    throw new InvalidInput({
      password: t('cli:account.passwordProblem', { problem }),
    });
  const passwordHash = await hashPassword(password);
  await inTransaction(() => createAccount({ email, name, passwordHash, staffRole }, actor));
  return staffRole
    ? t('cli:account.createdStaff', { email, role: staffRole })
    : t('cli:account.created', { email });
}

export async function importAlumniFile(
  file: string,
  { eraseEmpty = false }: { eraseEmpty?: boolean } = {},
): Promise<string> {
  const result = await importAlumni(await openFileStream(file), actor, { eraseEmpty });
  process.exitCode = importExitCode(result);
  return describeImport(result);
}

const newInvitationSchema = z.object({
  email: addressField,
  days: digitsField(5).transform(Number).pipe(validityDaysField).optional(),
  role,
  message: longTextField(2000),
  link: z.boolean().default(false),
  replace: z.boolean().default(false),
  override: z
    .string()
    .default('')
    .transform((names) => names.split(',').filter(Boolean))
    .pipe(
      z.array(
        z.enum(warningNames as [ReasonName, ...ReasonName[]], {
          error: () => t('cli:errors.override', { names: warningNames.join(', ') }),
        }),
      ),
    ),
});

export async function inviteAddress(address: string, options: Record<string, unknown>): Promise<string> {
  const input = parseInput(newInvitationSchema, { email: address, ...options });
  const validityDays = input.days ?? (await readSettings()).invitationDays;
  const delivery = input.link ? 'link' : 'mail';
  const { email, role: staffRole = null } = input;
  const message = input.message || null;
  const override = input.replace ? [...input.override, 'open' as const] : input.override;
  const details = { email, message, validityDays, staffRole, delivery, override } as const;
  const { linkId } = await inviteOne(details, actor).catch((error: unknown) => {
    throw error instanceof NotEligible ? new Error(withOverrideHint(error)) : error;
  });
  return input.link ? linkUrl(signLinkToken('invitation', linkId)) : t('cli:invitations.invited', { email });
}

export async function resendInvitation(address: string, options: { link?: boolean }): Promise<string> {
  const { id, email } = await getOpenInvitation(address);
  const delivery = options.link ? 'link' : 'mail';
  const { linkId } = getSingleResult(await resendInvitations([id], { delivery }, actor));
  return options.link ? linkUrl(signLinkToken('invitation', linkId)) : t('cli:invitations.resent', { email });
}

export async function revokeInvitation(address: string, options: { reason?: string }): Promise<string> {
  const { id, email } = await getOpenInvitation(address);
  const reason = parseInput(textField(500), options.reason);
  getSingleResult(await revokeInvitations([id], reason || null, actor));
  return t('cli:invitations.revoked', { email });
}

export async function recordBounces(file: string, { dryRun = false }: { dryRun?: boolean }): Promise<string> {
  const input = file === '-' ? process.stdin : await openFileStream(file);
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  return describeBounceReports(await recordReports(parseReports(lines), { dryRun }, actor), dryRun);
}

function describeBounceReports(
  { bounced, complained, alreadySuppressed, ignored, unknownAddresses }: ReportSummary,
  dryRun: boolean,
): string {
  const lines = [
    dryRun
      ? t('cli:bounces.wouldRecord', { bounced, complained })
      : t('cli:bounces.recorded', { bounced, complained }),
    ...(alreadySuppressed > 0 ? [t('cli:bounces.alreadySuppressed', { count: alreadySuppressed })] : []),
    ...(ignored > 0 ? [t('cli:bounces.ignored', { count: ignored })] : []),
    ...(unknownAddresses.length > 0
      ? [t('cli:bounces.unknown', { addresses: unknownAddresses.map(stripUnprintable).join(', ') })]
      : []),
  ];
  return lines.join('\n');
}

/** Removes control characters, so that a file's content can't control the terminal. */
function stripUnprintable(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '').slice(0, 254);
}

async function openFileStream(file: string): Promise<ReadStream> {
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      error.code === 'ENOENT'
        ? t('cli:errors.fileMissing', { file })
        : t('cli:errors.fileUnreadable', { file }),
    );
  });
  return handle.createReadStream();
}

function withOverrideHint({ canOverride, reasons, message }: NotEligible): string {
  if (!canOverride) return message;
  const names = reasons.map(({ name }) => name).join(',');
  const hint = names === 'open' ? t('cli:errors.replaceHint') : t('cli:errors.overrideHint', { names });
  return t('cli:errors.withHint', { message, hint });
}

async function getOpenInvitation(address: string): Promise<Invitation> {
  const { email } = parseInput(z.object({ email: addressField }), { email: address });
  const invitation = await findOpenInvitation(email);
  if (!invitation) throw new Error(t('cli:errors.noOpenInvitation', { email }));
  return invitation;
}

function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  if (!result.success) throw new Error(result.error.issues.map(({ message }) => `${message}.`).join('\n'));
  return result.data;
}

async function readPasswordFromStdin(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write(t('cli:account.passwordPrompt'));
  for await (const line of createInterface({ input: process.stdin })) return line;
  return '';
}
