import { Account, createAccount, type StaffRole } from '../../src/accounts/account.ts';
import { hashPassword } from '../../src/accounts/password.ts';
import { createApp } from '../../src/app.ts';
import { linkUrl } from '../../src/invitations/link.ts';
import type { Actor } from '../../src/platform/audit/audit.ts';
import { signLinkToken } from '../../src/platform/crypto/signed-links.ts';
import { inTransaction } from '../../src/platform/db/database.ts';
import { runDueJobs } from '../../src/platform/jobs/worker.ts';
import { type CapturedMail, listCapturedMails } from '../../src/platform/mail/captured-mail.ts';
import { createTasks } from '../../src/tasks.ts';
import { queryRow, queryRows } from './database.ts';
import { type Issued, invite, type TestInvitation } from './operations.ts';
import { Visitor } from './visitor.ts';

/** The same app as in production. */
export const app = createApp();

/** A password that every rule accepts. */
export const validPassword = 'quiet river under stones';

let addressCount = 0;

export function uniqueAddress(): string {
  addressCount += 1;
  return `guest${addressCount}@example.org`;
}

export const newVisitor = () => new Visitor(app);

/** Creates an adult's account. */
export async function createTestAccount(
  email: string,
  staffRole: StaffRole | null = null,
  name = 'Amma Owusu',
): Promise<Account> {
  const passwordHash = await hashPassword(validPassword);
  const details = { email, name, passwordHash, staffRole, yearOfBirth: 1984 };
  return inTransaction(() => createAccount(details, { kind: 'command' }));
}

/** Signs in as staff; creates the account if necessary. */
export async function signInStaff(staffRole: StaffRole): Promise<Visitor> {
  const email = `${staffRole}@example.org`;
  if (!(await Account.findOne({ where: { email } })))
    await createTestAccount(email, staffRole, `${staffRole} of the office`);
  const visitor = newVisitor();
  await visitor.signIn(email, validPassword);
  return visitor;
}

/** Moves the time of all sign-ins an hour back. */
export async function ageSignIns(): Promise<void> {
  await queryRows(
    `update sessions set sess = jsonb_set(sess::jsonb, '{authenticatedAt}', to_jsonb((sess ->> 'authenticatedAt')::bigint - 3600000))
     where sess ->> 'authenticatedAt' is not null`,
  );
}

/** Creates an invitation. `url` is its link. */
export async function createTestInvitation(
  email: string,
  details: Partial<TestInvitation> = {},
  actor: Actor = { kind: 'command' },
): Promise<Issued & { url: string }> {
  const defaults = { message: null, validityDays: 7, staffRole: null, delivery: 'mail' } as const;
  const issued = await invite({ ...defaults, ...details, email }, actor);
  return { ...issued, url: linkUrl(signLinkToken('invitation', issued.linkId)) };
}

/** Registers a minor of 15 or 16, who then awaits the consent of `gita@example.org`. */
export async function registerMinor(email: string): Promise<Visitor> {
  const recordId = await createTestRecord(email, { yearOfBirth: new Date().getUTCFullYear() - 16 });
  const minor = newVisitor();
  await minor.open((await createTestInvitation(email)).url);
  await minor.submit('/register', {
    name: 'Young Amma',
    password: validPassword,
    [`records[${recordId}]`]: 'self',
    guardianName: 'Gita Guardian',
    guardianEmail: 'gita@example.org',
  });
  return minor;
}

/** Creates an alumni record. @returns its id */
export async function createTestRecord(
  email: string,
  details: { yearOfBirth?: number | null; lastName?: string; batch?: number } = {},
): Promise<string> {
  const { yearOfBirth = 1984, lastName = 'Owusu', batch = 2002 } = details;
  const created = await queryRow<{ id: string }>(
    `insert into alumni_members (external_id, first_name, last_name, email, batch, center, year_of_birth)
     values (gen_random_uuid()::text, 'Amma', $1, $2, $3, 'Harbour', $4) returning id`,
    [lastName, email, batch, yearOfBirth],
  );
  if (!created) throw new Error('the record was not stored');
  return created.id;
}

/** Runs all jobs, including retries that are not due yet. */
export async function runJobs(): Promise<void> {
  await queryRows(
    'update graphile_worker._private_jobs set run_at = now() where locked_at is null returning id',
  );
  await runDueJobs(createTasks());
}

/** Runs all jobs and returns the newest mail to an address. */
export async function latestMail(email: string): Promise<CapturedMail> {
  await runJobs();
  // Sorted by queue time, because the worker sends mails in any order.
  const queued = await queryRows<{ id: string; at: Date }>(
    'select id, queued_at as at from messages where recipient = $1',
    [email],
  );
  const queuedAt = ({ messageId }: CapturedMail) =>
    queued.find(({ id }) => messageId.includes(id))?.at.getTime() ?? 0;
  const mails = (await listCapturedMails()).filter(({ to }) => to === email);
  const [newest] = mails.sort((left, right) => queuedAt(right) - queuedAt(left));
  if (!newest) throw new Error(`no mail for ${email}`);
  return newest;
}

/** The first link of a mail. */
export function linkInMail(mail: CapturedMail): string {
  const [link] = mail.links;
  if (!link) throw new Error(`no link in "${mail.subject}"`);
  return link;
}

/** The days after today until the last day on which an invitation is valid, in UTC. */
export function daysUntil(expiresAt: Date): number {
  const day = (at: Date) => Math.floor(at.getTime() / 86_400_000);
  return day(expiresAt) - day(new Date());
}

/** Moves an invitation's expiry into the past. */
export async function expireInvitation(invitationId: string): Promise<void> {
  await queryRows(
    `update invitations set created_at = created_at - interval '90 days', expires_at = now() - interval '1 day' where id = $1`,
    [invitationId],
  );
}
