import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { inTransaction } from '../platform/db/database.ts';
import { queueMail } from '../platform/mail/messages.ts';
import { newReference } from '../platform/text/support-reference.ts';
import { Account, lockUnchangedAccount, setPassword } from './account.ts';
import { hashPassword } from './password.ts';
import { revokePasswordResets } from './password-reset.ts';

/** Changes the name that mails and pages greet with. */
export function changeOwnName(accountId: string, name: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    await Account.update({ name }, { where: { id: accountId } });
    await recordEvent(actor, { action: 'account.renamed', subject: 'account', subjectId: accountId });
  });
}

/**
 * Replaces the password, once the one before was confirmed: all sessions end, open links for a forgotten one die.
 * @returns the account as it is now, for the session that goes on
 * @throws Conflict when another change came first
 */
export async function changeOwnPassword(account: Account, password: string, actor: Actor): Promise<Account> {
  const { id, email } = account;
  const passwordHash = await hashPassword(password);
  return inTransaction(async () => {
    const current = await lockUnchangedAccount(account);
    await setPassword(id, passwordHash, actor);
    await revokePasswordResets(id);
    await queueMail({
      template: 'password-changed',
      to: email,
      subjectId: id,
      accountId: id,
      reference: newReference(),
    });
    return current.reload();
  });
}
