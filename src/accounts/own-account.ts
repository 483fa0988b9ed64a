import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, row, rows } from '../database.ts';
import { Conflict } from '../errors.ts';
import { queueMail } from '../mail/messages.ts';
import { newReference } from '../web/reference.ts';
import { Account, changePassword } from './account.ts';
import { hashPassword } from './password.ts';

/** Changes the name that mails and pages greet with. */
export function rename(accountId: string, name: string, actor: Actor): Promise<void> {
  return inTransaction(async (transaction) => {
    await Account.update({ name }, { where: { id: accountId }, transaction });
    await record(actor, { action: 'account.renamed', subject: 'account', subjectId: accountId }, transaction);
  });
}

/**
 * Replaces the password that `confirmed` was just confirmed with: all sessions end, open links for a forgotten one die.
 * @throws Conflict when another change came first
 */
export async function replacePassword(confirmed: Account, password: string, actor: Actor): Promise<void> {
  const { id, email } = confirmed;
  const passwordHash = await hashPassword(password);
  await inTransaction(async (transaction) => {
    const unchanged = await row(
      'select 1 from accounts where id = $1 and password_hash = $2 for update',
      [id, confirmed.passwordHash],
      transaction,
    );
    if (!unchanged) throw new Conflict('Your password was changed a moment ago. Please look at your mail.');
    await changePassword(id, passwordHash, actor, transaction);
    await rows(
      'update password_resets set used_at = now() where account_id = $1 and used_at is null',
      [id],
      transaction,
    );
    await queueMail(
      { template: 'password-changed', to: email, subjectId: id, accountId: id, reference: newReference() },
      transaction,
    );
  });
}
