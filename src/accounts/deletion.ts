import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { inTransaction, queryRows } from '../platform/db/database.ts';
import { Conflict } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { Account, lockAdmins } from './account.ts';
import { eraseAddress } from './address-erasure.ts';

// The database deletes the account's profiles with their guardians, its answers "someone else", password resets, two-step
// secret and messages with the account.
const statementsByAccount = [
  `delete from webhook_deliveries where type like 'membership.%'
     and subject_id in (select id from memberships where account_id = $1)`,
  `delete from sessions where $1 in (sess #>> '{passport,user}', sess #>> '{pendingSignIn,accountId}')`,
  // The inviter's rights can't be checked any more, so their open invitations no longer give a role or a membership.
  `update invitations set staff_role = null
   where invited_by = $1 and accepted_at is null and revoked_at is null and declined_at is null`,
  `update invitations set group_id = null, group_role = null, group_invited_by = null
   where group_invited_by = $1 and accepted_at is null and revoked_at is null and declined_at is null`,
  'delete from accounts where id = $1',
];

/**
 * Deletes an account and the data about its address and former addresses. Alumni records (which can be claimed again), audit
 * events (with ids only) and consents are kept. Does nothing if the account no longer exists.
 * @param reason for the audit; must not contain personal data
 * @throws Conflict for the last administrator
 */
export async function deleteAccount(accountId: string, actor: Actor, reason: string): Promise<void> {
  await ensureNotLastAdmin(accountId);
  const account = await Account.findByPk(accountId, { lock: true });
  if (!account) return;
  for (const email of [account.email, ...(await listFormerAddresses(accountId))]) await eraseAddress(email);
  for (const statement of statementsByAccount) await queryRows(statement, [accountId]);
  const event = { action: 'account.deleted', subject: 'account', subjectId: accountId } as const;
  await recordEvent(actor, { ...event, detail: { reason } });
}

/** Deletes the actor's own account. @throws Conflict for the last administrator */
export function deleteOwnAccount(accountId: string, actor: Actor): Promise<void> {
  return inTransaction(() => deleteAccount(accountId, actor, 'requested by the account holder'));
}

/** Earlier addresses of an account, unless another account has them now. */
async function listFormerAddresses(accountId: string): Promise<string[]> {
  const found = await queryRows<{ email: string }>(
    `select distinct c.old_email as email from address_changes c
     where c.account_id = $1 and c.confirmed_at is not null
       and not exists (select from accounts a where a.email = c.old_email)`,
    [accountId],
  );
  return found.map(({ email }) => email);
}

async function ensureNotLastAdmin(accountId: string): Promise<void> {
  const admins = await lockAdmins();
  if (admins.length === 1 && admins[0] === accountId) {
    throw new Conflict(t('accounts:errors.onlyAdmin'));
  }
}
