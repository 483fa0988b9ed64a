import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { inTransaction, queryRows } from '../platform/db/database.ts';
import { Conflict } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { Account, lockAdmins } from './account.ts';

// The database deletes the account's profiles with their guardians, its answers "someone else", password resets, two-step secret and messages with
// the account. A declined invitation is kept without its message, because "don't write to me" must be remembered.
const statementsByEmail = [
  `delete from sessions where coalesce((sess -> 'openedInvitations')::jsonb, '{}') ?| array(
     select id::text from invitations where email = $1)
     or lower(sess ->> 'signInAddress') = lower($1)`,
  'delete from messages where recipient = $1',
  `delete from import_leftovers where lower(text) = lower($1)`,
  `delete from import_rows where key = lower($1) and import_id in (select id from imports where kind = 'invitees')`,
  'delete from campaign_recipients where email = $1',
  'delete from invitation_requests where $1 in (email, corrected_email, new_email)',
  'delete from link_opens where invitation_id in (select id from invitations where email = $1)',
  'delete from group_invitation_requests where email = $1',
  // An active suppression is kept without its reason, so that nobody writes to the address by mistake.
  'delete from suppressions where email = $1 and lifted_at is not null',
  'update suppressions set reason = null where email = $1',
  'update invitations set message = null where email = $1 and declined_at is not null',
  `update invitations set replaced_by = null
   where replaced_by in (select id from invitations where email = $1 and declined_at is null)`,
  'delete from invitations where email = $1 and declined_at is null',
];
const statementsByAccount = [
  `delete from sessions where $1 in (sess #>> '{passport,user}', sess #>> '{pendingSignIn,accountId}')`,
  // The inviter's rights can't be checked any more, so their open invitations no longer give a role or a membership.
  `update invitations set staff_role = null
   where invited_by = $1 and accepted_at is null and revoked_at is null and declined_at is null`,
  `update invitations set group_id = null, group_role = null, group_invited_by = null
   where group_invited_by = $1 and accepted_at is null and revoked_at is null and declined_at is null`,
  'delete from accounts where id = $1',
];

/**
 * Deletes an account and the data about its address. Alumni records (which can be claimed again), audit events (with
 * ids only), consents and declines are kept. Does nothing if the account no longer exists.
 * @param reason for the audit; must not contain personal data
 * @throws Conflict for the last administrator
 */
export async function deleteAccount(accountId: string, actor: Actor, reason: string): Promise<void> {
  await ensureNotLastAdmin(accountId);
  const account = await Account.findByPk(accountId, { lock: true });
  if (!account) return;
  for (const statement of statementsByEmail) await queryRows(statement, [account.email]);
  for (const statement of statementsByAccount) await queryRows(statement, [accountId]);
  const event = { action: 'account.deleted', subject: 'account', subjectId: accountId } as const;
  await recordEvent(actor, { ...event, detail: { reason } });
}

/** Deletes the actor's own account. @throws Conflict for the last administrator */
export function deleteOwnAccount(accountId: string, actor: Actor): Promise<void> {
  return inTransaction(() => deleteAccount(accountId, actor, 'requested by the account holder'));
}

async function ensureNotLastAdmin(accountId: string): Promise<void> {
  const admins = await lockAdmins();
  if (admins.length === 1 && admins[0] === accountId) {
    throw new Conflict(t('accounts:errors.onlyAdmin'));
  }
}
