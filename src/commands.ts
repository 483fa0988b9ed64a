import './associations.ts';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { createAccount, staffRoles } from './accounts/account.ts';
import { nameField } from './accounts/fields.ts';
import { findPasswordError, hashPassword } from './accounts/password.ts';
import { type CommandOptions, type CommandResult, openInput } from './command-run.ts';
import { importAlumni } from './imports/records/command-import.ts';
import { describeImport } from './imports/records/report.ts';
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
import { listPendingMigrations, migrate } from './platform/db/migrations.ts';
import { InvalidInput, NotFound } from './platform/errors.ts';
import { t } from './platform/i18n/i18n.ts';
import { parseReports } from './platform/mail/report-parser.ts';
import { type ReportSummary, recordReports } from './platform/mail/reports.ts';
import { addressField, digitsField, longTextField, textField } from './platform/text/fields.ts';
import { cut } from './platform/text/text.ts';
import { readSettings } from './settings/settings.ts';

const actor: Actor = { kind: 'command' };
const role = z.enum(staffRoles, { error: () => t('cli:errors.role') }).optional();

// Each command takes its arguments as typed, and returns its result as text and as data for JSON.

export async function migrateDatabase({ dryRun = false }: CommandOptions = {}): Promise<CommandResult> {
  // Migrations use a connection of their own, so they can't be undone.
  const migrations = dryRun ? await listPendingMigrations() : await migrate();
  const names = migrations.join(', ');
  return {
    text: names === '' ? t('cli:migrations.upToDate') : t('cli:migrations.ran', { names }),
    data: { migrations },
  };
}

const newAccountSchema = z.object({ email: addressField, name: nameField, role });

export async function createNewAccount(
  address: string,
  options: { name: string; role?: string },
): Promise<CommandResult> {
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
  return {
    text: staffRole
      ? t('cli:account.createdStaff', { email, role: staffRole })
      : t('cli:account.created', { email }),
    data: { email, name, staff_role: staffRole },
  };
}

export async function importAlumniFile(
  file: string,
  { eraseEmpty = false }: { eraseEmpty?: boolean } = {},
): Promise<CommandResult> {
  const result = await importAlumni(await openInput(file), actor, { eraseEmpty });
  const { errorCount: error_count, unknownColumns: unknown_columns, ...others } = result;
  return {
    text: describeImport(result),
    data: { ...others, error_count, unknown_columns },
    exit: result.rejected > 0 ? 'partly' : 'done',
  };
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

export async function inviteAddress(
  address: string,
  options: CommandOptions & Record<string, unknown>,
): Promise<CommandResult> {
  const input = parseInput(newInvitationSchema, { email: address, ...options });
  const validityDays = input.days ?? (await readSettings()).invitationDays;
  const delivery = input.link ? 'link' : 'mail';
  const { email, role: staffRole = null } = input;
  const message = input.message || null;
  const override = input.replace ? [...input.override, 'open' as const] : input.override;
  const details = { email, message, validityDays, staffRole, delivery, override } as const;
  const { invitationId, linkId } = await inviteOne(details, actor).catch((error: unknown) => {
    if (error instanceof NotEligible) error.message = withOverrideHint(error);
    throw error;
  });
  const done = t('cli:invitations.invited', { email });
  return describeLink({ invitationId, email, linkId }, done, input.link, options);
}

export async function resendInvitation(
  address: string,
  options: CommandOptions & { link?: boolean },
): Promise<CommandResult> {
  const { id, email } = await getOpenInvitation(address);
  const delivery = options.link ? 'link' : 'mail';
  const { linkId } = getSingleResult(await resendInvitations([id], { delivery }, actor));
  const done = t('cli:invitations.resent', { email });
  return describeLink({ invitationId: id, email, linkId }, done, options.link ?? false, options);
}

/** The result of a command that mails a link or prints it. A dry run has no link that works. */
function describeLink(
  { invitationId, email, linkId }: { invitationId: string; email: string; linkId: string },
  done: string,
  isShared: boolean,
  { dryRun = false }: CommandOptions,
): CommandResult {
  const link = isShared && !dryRun ? linkUrl(signLinkToken('invitation', linkId)) : null;
  return {
    text: link ?? (isShared ? t('cli:invitations.linkCreated', { email }) : done),
    data: { invitation_id: Number(invitationId), email, link },
  };
}

export async function revokeInvitation(
  address: string,
  options: { reason?: string },
): Promise<CommandResult> {
  const { id, email } = await getOpenInvitation(address);
  const reason = parseInput(textField(500), options.reason);
  getSingleResult(await revokeInvitations([id], reason || null, actor));
  return { text: t('cli:invitations.revoked', { email }), data: { invitation_id: Number(id), email } };
}

export async function recordBounces(file: string): Promise<CommandResult> {
  const lines = createInterface({ input: await openInput(file), crlfDelay: Number.POSITIVE_INFINITY });
  const summary = await recordReports(parseReports(lines), actor);
  const { bounced, complained, ignored } = summary;
  const unknown_addresses = summary.unknownAddresses.map(stripUnprintable);
  return {
    text: describeBounceReports(summary),
    data: { bounced, complained, already_suppressed: summary.alreadySuppressed, ignored, unknown_addresses },
  };
}

function describeBounceReports(summary: ReportSummary): string {
  const { bounced, complained, alreadySuppressed, ignored, unknownAddresses } = summary;
  const lines = [
    t('cli:bounces.recorded', { bounced, complained }),
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
  return cut(text.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, ''), 254);
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
  if (!invitation) throw new NotFound(t('cli:errors.noOpenInvitation', { email }));
  return invitation;
}

function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const errors = result.error.issues.map(({ path, message }) => [path.join('.'), `${message}.`]);
  throw new InvalidInput(Object.fromEntries(errors));
}

async function readPasswordFromStdin(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write(t('cli:account.passwordPrompt'));
  // PowerShell begins its output with a byte order mark.
  for await (const line of createInterface({ input: process.stdin })) return line.replace(/^\ufeff/, '');
  return '';
}
