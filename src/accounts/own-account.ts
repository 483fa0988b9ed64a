import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { inTransaction } from '../platform/db/database.ts';
import { queueMail } from '../platform/mail/messages.ts';
import { newReference } from '../platform/text/support-reference.ts';
import { Account, lockUnchangedAccount, setPassword } from './account.ts';
import { hashPassword } from './password.ts';
import { revokePasswordResets } from './password-reset.ts';

/** Changes the name used to greet the person in pages and mails. */
export function changeOwnName(accountId: string, name: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    await Account.update({ name }, { where: { id: accountId } });
    await recordEvent(actor, { action: 'account.renamed', subject: 'account', subjectId: accountId });
  });
}

/**
 * Replaces the password, ends all sessions and revokes open password resets. The caller has confirmed the old password.
 * @returns the updated account, to continue the current session
 * @throws Conflict if the account was changed in the meantime
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
