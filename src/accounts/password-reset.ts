import { randomUUID } from 'node:crypto';
import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, row, rows } from '../database.ts';
import { BadRequest, HomecomingError } from '../errors.ts';
import { enqueue } from '../jobs/queue.ts';
import { hashOfLink, signLink } from '../links.ts';
import { queueMail } from '../mail/messages.ts';
import { newReference } from '../web/reference.ts';
import { accountWithAddress, changePassword } from './account.ts';
import { hashPassword } from './password.ts';

const VALID_HOURS = 2;
const MOST_AN_HOUR = 3;

export const askAgain = [{ label: 'Ask for a new link', url: '/forgot-password' }];

export class DeadReset extends HomecomingError {
  override readonly status = 410;
  override readonly title = 'This link is no longer valid';
  override readonly ways = askAgain;
}

export class BadResetLink extends BadRequest {
  override readonly title = 'Invalid link';
  override readonly ways = askAgain;
}

export type OpenReset = Readonly<{ id: string; accountId: string; email: string; name: string }>;

/** Takes the wish for a reset. All the work is a job's, so known and unknown addresses get the same answer in the same time. */
export function requestReset(email: string): Promise<void> {
  return inTransaction(() => enqueue('mail-password-reset', { email }));
}

/** The job: mails a link if the address has an account that may sign in, three an hour at most. */
export function mailReset(email: string): Promise<void> {
  return inTransaction(async () => {
    const account = await accountWithAddress(email);
    if (!account || account.suspendedAt !== null) return;
    const recent = await row<{ count: number }>(
      `select count(*)::int as count from password_resets
       where account_id = $1 and created_at > now() - interval '1 hour'`,
      [account.id],
    );
    if ((recent?.count ?? 0) >= MOST_AN_HOUR) return;
    const id = randomUUID();
    await rows(
      `insert into password_resets (id, account_id, token_hash, expires_at)
       values ($1, $2, $3, now() + make_interval(hours => $4))`,
      [id, account.id, hashOfLink(signLink('password-reset', id)), VALID_HOURS],
    );
    await queueMail({
      template: 'password-reset',
      to: account.email,
      subjectId: id,
      accountId: account.id,
      reference: newReference(),
    });
    await record(
      { kind: 'system' },
      { action: 'account.reset-requested', subject: 'account', subjectId: account.id },
    );
  });
}

/** The reset that an opened link stands for. @throws DeadReset when used, expired or unknown */
export async function openReset(resetId: string): Promise<OpenReset> {
  const reset = await row<OpenReset>(
    `select r.id, r.account_id, a.email, a.name
     from password_resets r join accounts a on a.id = r.account_id
     where r.id = $1 and r.used_at is null and r.expires_at > now() and a.suspended_at is null`,
    [resetId],
  );
  if (!reset)
    throw new DeadReset(
      'It was used already or is too old. Links to choose a new password work once, for two hours.',
    );
  return reset;
}

/** Spends the reset: the new password, all sessions ended, the other open links of the account dead. */
export async function spendReset(reset: OpenReset, password: string, actor: Actor): Promise<void> {
  const passwordHash = await hashPassword(password);
  await inTransaction(async () => {
    const spent = await row(
      `update password_resets set used_at = now() where id = $1 and used_at is null and expires_at > now() returning id`,
      [reset.id],
    );
    if (!spent) throw new DeadReset('It was used a moment ago.');
    await rows(`update password_resets set used_at = now() where account_id = $1 and used_at is null`, [
      reset.accountId,
    ]);
    await changePassword(reset.accountId, passwordHash, actor);
    await queueMail({
      template: 'password-changed',
      to: reset.email,
      subjectId: reset.accountId,
      accountId: reset.accountId,
      reference: newReference(),
    });
  });
}
