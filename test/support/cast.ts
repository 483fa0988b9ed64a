import { Account, createAccount, type StaffRole } from '../../src/accounts/account.ts';
import { hashPassword } from '../../src/accounts/password.ts';
import { createApp } from '../../src/app.ts';
import type { Actor } from '../../src/audit/audit.ts';
import { inTransaction } from '../../src/database.ts';
import { linkUrl } from '../../src/invitations/link.ts';
import { drain } from '../../src/jobs/worker.ts';
import { signLink } from '../../src/links.ts';
import { type CaughtMail, caughtMails } from '../../src/mail/caught.ts';
import { createTasks } from '../../src/tasks.ts';
import { row, rows } from './database.ts';
import { type GivenInvitation, type Issued, invite } from './operations.ts';
import { Visitor } from './visitor.ts';

/** The one app, as in production. */
export const app = createApp();

/** A password that every rule accepts. */
export const goodPassword = 'quiet river under stones';

let addresses = 0;

/** An address that nobody else has. */
export function newAddress(): string {
  addresses += 1;
  return `guest${addresses}@example.org`;
}

export const stranger = () => new Visitor(app);

/** An account that exists already, an adult's. */
export async function account(
  email: string,
  staffRole: StaffRole | null = null,
  name = 'Amma Owusu',
): Promise<Account> {
  const passwordHash = await hashPassword(goodPassword);
  const given = { email, name, passwordHash, staffRole, yearOfBirth: 1984 };
  return inTransaction(() => createAccount(given, { kind: 'command' }));
}

/** Somebody of the staff, signed in. */
export async function staff(staffRole: StaffRole): Promise<Visitor> {
  const email = `${staffRole}@example.org`;
  if (!(await Account.findOne({ where: { email } })))
    await account(email, staffRole, `${staffRole} of the office`);
  const visitor = stranger();
  await visitor.signIn(email, goodPassword);
  return visitor;
}

/** Lets everybody's last sign-in be an hour ago. */
export async function forgetSignIns(): Promise<void> {
  await rows(
    `update sessions set sess = jsonb_set(sess::jsonb, '{provenAt}', to_jsonb((sess ->> 'provenAt')::bigint - 3600000))
     where sess ->> 'provenAt' is not null`,
  );
}

/** An invitation and the address of its link. */
export async function invited(
  email: string,
  given: Partial<GivenInvitation> = {},
  actor: Actor = { kind: 'command' },
): Promise<Issued & { url: string }> {
  const usual = { message: null, validityDays: 7, staffRole: null, delivery: 'mail' } as const;
  const issued = await invite({ ...usual, ...given, email }, actor);
  return { ...issued, url: linkUrl(signLink('invitation', issued.linkId)) };
}

/** Somebody of 15 or 16 who has just registered: access waits for the consent of `gita@example.org`. */
export async function waitingMinor(email: string): Promise<Visitor> {
  const recordId = await alumna(email, { yearOfBirth: new Date().getUTCFullYear() - 16 });
  const minor = stranger();
  await minor.open((await invited(email)).url);
  await minor.submit('/register', {
    name: 'Young Amma',
    password: goodPassword,
    [`records[${recordId}]`]: 'self',
    guardianName: 'Gita Guardian',
    guardianEmail: 'gita@example.org',
  });
  return minor;
}

/** A record of the register. @returns its id */
export async function alumna(
  email: string,
  given: { yearOfBirth?: number | null; lastName?: string; batch?: number } = {},
): Promise<string> {
  const { yearOfBirth = 1984, lastName = 'Owusu', batch = 2002 } = given;
  const created = await row<{ id: string }>(
    `insert into alumni_members (external_id, first_name, last_name, email, batch, center, year_of_birth)
     values (gen_random_uuid()::text, 'Amma', $1, $2, $3, 'Harbour', $4) returning id`,
    [lastName, email, batch, yearOfBirth],
  );
  if (!created) throw new Error('the record was not stored');
  return created.id;
}

/** Lets the worker do all that is due; retries count as due at once. */
export async function work(): Promise<void> {
  await rows('update graphile_worker._private_jobs set run_at = now() where locked_at is null returning id');
  await drain(createTasks());
}

/** The newest mail to an address, once the worker has done its work. */
export async function newestMail(email: string): Promise<CaughtMail> {
  await work();
  // By when they were queued: the worker sends several at once, in no order.
  const queued = await rows<{ id: string; at: Date }>(
    'select id, queued_at as at from messages where recipient = $1',
    [email],
  );
  const queuedAt = ({ messageId }: CaughtMail) =>
    queued.find(({ id }) => messageId.includes(id))?.at.getTime() ?? 0;
  const mails = (await caughtMails()).filter(({ to }) => to === email);
  const [newest] = mails.sort((one, other) => queuedAt(other) - queuedAt(one));
  if (!newest) throw new Error(`no mail for ${email}`);
  return newest;
}

/** The one link of a mail. */
export function linkOf(mail: CaughtMail): string {
  const [link] = mail.links;
  if (!link) throw new Error(`no link in "${mail.subject}"`);
  return link;
}

/** Moves an invitation's expiry into the past. */
export async function expire(invitationId: string): Promise<void> {
  await rows(
    `update invitations set created_at = created_at - interval '90 days', expires_at = now() - interval '1 day' where id = $1`,
    [invitationId],
  );
}
