import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { inTransaction, queryRows } from '../platform/db/database.ts';
import { Conflict } from '../platform/errors.ts';
import { Account, lockAdmins } from './account.ts';

// What goes besides that which the database removes along with the account itself: profiles, their guardians, resets,
// two-step sign-in, mails about it. A declined invitation stays, without its message: "don't write to me" must be
// remembered.
const statementsByEmail = [
  `delete from sessions where coalesce((sess -> 'openedInvitations')::jsonb, '{}') ?| array(
     select id::text from invitations where email = $1)`,
  'delete from messages where recipient = $1',
  `delete from import_rows where key = lower($1) and import_id in (select id from imports where kind = 'invitees')`,
  'delete from campaign_recipients where email = $1',
  'delete from invitation_requests where email = $1 or corrected_email = $1',
  'delete from link_opens where invitation_id in (select id from invitations where email = $1)',
  'delete from group_invitation_requests where email = $1',
  // What is in force is remembered, without the words: nobody writes to the address by mistake.
  'delete from suppressions where email = $1 and lifted_at is not null',
  'update suppressions set reason = null where email = $1',
  'update invitations set message = null where email = $1 and declined_at is not null',
  `update invitations set replaced_by = null
   where replaced_by in (select id from invitations where email = $1 and declined_at is null)`,
  'delete from invitations where email = $1 and declined_at is null',
];
const statementsByAccount = [
  `delete from sessions where $1 in (sess #>> '{passport,user}', sess #>> '{pendingSignIn,accountId}')`,
  // What it promised can't be judged any more: no open invitation of it gives a role or a place.
  `update invitations set staff_role = null
   where invited_by = $1 and accepted_at is null and revoked_at is null and declined_at is null`,
  `update invitations set group_id = null, group_role = null, group_invited_by = null
   where group_invited_by = $1 and accepted_at is null and revoked_at is null and declined_at is null`,
  'delete from accounts where id = $1',
];

/**
 * Deletes an account and what is held about its address. What stays: the office's alumni record, which anybody may claim
 * again, the audit with ids only, consents, and declines. An account that is gone already is left at that.
 * @param reason for the audit: a plain fact, never anything about the person
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

/** What people do to their own account. @throws Conflict for the last administrator */
export function deleteOwnAccount(accountId: string, actor: Actor): Promise<void> {
  return inTransaction(() => deleteAccount(accountId, actor, 'requested by the account holder'));
}

async function ensureNotLastAdmin(accountId: string): Promise<void> {
  const admins = await lockAdmins();
  if (admins.length === 1 && admins[0] === accountId) {
    throw new Conflict(
      'You are the only administrator. Make somebody else an administrator first, so that the office keeps its way in.',
    );
  }
}
