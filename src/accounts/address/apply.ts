import { randomBytes } from 'node:crypto';
import { UniqueConstraintError } from 'sequelize';
import { replaceAddressOfClaimedRecords } from '../../alumni/change.ts';
import { moveOpenInvitations } from '../../invitations/move.ts';
import { type Actor, recordEvent } from '../../platform/audit/audit.ts';
import { inTransaction, NOW, queryRow, queryRows } from '../../platform/db/database.ts';
import { Conflict, HomecomingError } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { enqueue } from '../../platform/jobs/queue.ts';
import { queueMail } from '../../platform/mail/messages.ts';
import { Account, endSessions, lockUnchangedAccount, setPassword } from '../account.ts';
import { hashPassword } from '../password.ts';
import { revokePasswordResets } from '../password-reset.ts';
import { AddressChange, mailTo } from './address-change.ts';

/** For a week, the old mailbox can undo a change. */
export const UNDO_DAYS = 7;

/** A change and its account. */
export type OpenedAddressChange = Readonly<{ change: AddressChange; account: Account }>;

export class AddressLinkUnusable extends HomecomingError {
  override readonly status = 410;
  override readonly title = t('accounts:address.errors.unusable');
}

/** Finds a change that can still be confirmed. @throws AddressLinkUnusable */
export async function getOpenAddressChange(id: string): Promise<OpenedAddressChange> {
  const found = await findOpenedAddressChange(id);
  if (!found) throw new AddressLinkUnusable(t('accounts:address.errors.unusableText'));
  return found;
}

export async function findOpenedAddressChange(id: string): Promise<OpenedAddressChange | null> {
  const include = { association: 'account', where: { suspendedAt: null } };
  const change = await AddressChange.scope('open').findOne({ where: { id }, include });
  return change?.account ? { change, account: change.account } : null;
}

/**
 * Makes the new address the one to sign in with, ends all sessions and password resets, and moves claimed records and open
 * invitations to it. The old mailbox gets a mail with a link that undoes it.
 * @returns the updated account, to continue the current session
 * @throws AddressLinkUnusable for all but the first; Conflict if the address has got an account or the account was changed
 */
export function confirmAddressChange(
  { change, account }: OpenedAddressChange,
  actor: Actor,
): Promise<Account> {
  return rejectTakenAddress(() =>
    inTransaction(async () => {
      const current = await lockUnchangedAccount(account);
      const [confirmed] = await AddressChange.scope('open').update(
        { confirmedAt: NOW },
        { where: { id: change.id } },
      );
      if (confirmed === 0) throw new AddressLinkUnusable(t('accounts:address.errors.unusableText'));
      await moveAccount(current.id, current.email, change.newEmail, actor);
      await queueMail({ ...mailTo(change, change.oldEmail), template: 'address-changed' });
      await recordAccountEvent('address-changed', current.id, actor);
      return current.reload();
    }),
  );
}

/** Finds a change that the old mailbox can stop or undo. @throws AddressLinkUnusable */
export async function getUndoableAddressChange(id: string): Promise<OpenedAddressChange> {
  const change = await AddressChange.findByPk(id, { include: 'account' });
  if (!change?.account || !(await isUndoable(id)))
    throw new AddressLinkUnusable(t('accounts:address.errors.undoUnusableText'));
  return { change, account: change.account };
}

/**
 * Stops a change, or undoes it together with later ones. The person who changed the address may know the password, so it no longer
 * works either, and the old mailbox gets a link to choose a new one.
 * @throws AddressLinkUnusable for all but the first; Conflict if the old address has got another account
 */
export async function undoAddressChange(
  { change, account }: OpenedAddressChange,
  actor: Actor,
): Promise<void> {
  const unusableHash = await hashPassword(randomBytes(32).toString('base64url'));
  await rejectTakenAddress(() =>
    inTransaction(async () => {
      const current = await Account.findByPk(account.id, { lock: true });
      if (!current || !(await isUndoable(change.id)))
        throw new AddressLinkUnusable(t('accounts:address.errors.undoUnusableText'));
      await cancelOpenChanges(current.id);
      const wasConfirmed = change.confirmedAt !== null;
      if (wasConfirmed) {
        await undoSince(change);
        await moveAccount(current.id, current.email, change.oldEmail, actor);
        await queueMail({ ...mailTo(change, current.email), template: 'address-restored' });
      }
      await setPassword(current.id, unusableHash, actor);
      await revokePasswordResets(current.id);
      await enqueue('mail-password-reset', { email: change.oldEmail });
      await recordAccountEvent(
        wasConfirmed ? 'address-restored' : 'address-change-stopped',
        current.id,
        actor,
      );
    }),
  );
}

/** Whether the old mailbox can still stop or undo a change. */
export async function isUndoable(changeId: string): Promise<boolean> {
  const found = await queryRow(
    `select 1 from address_changes where id = $1 and cancelled_at is null and undone_at is null
     and coalesce(confirmed_at + make_interval(days => $2), expires_at) > now()`,
    [changeId, UNDO_DAYS],
  );
  return found !== null;
}

async function cancelOpenChanges(accountId: string): Promise<void> {
  await AddressChange.update(
    { cancelledAt: NOW },
    { where: { accountId, confirmedAt: null, cancelledAt: null } },
  );
}

async function undoSince({ id, accountId }: AddressChange): Promise<void> {
  await queryRows(
    `update address_changes set undone_at = now() where account_id = $1 and undone_at is null
     and confirmed_at >= (select confirmed_at from address_changes where id = $2)`,
    [accountId, id],
  );
}

async function moveAccount(accountId: string, from: string, to: string, actor: Actor): Promise<void> {
  await Account.update({ email: to }, { where: { id: accountId } });
  await endSessions(accountId);
  await revokePasswordResets(accountId);
  await replaceAddressOfClaimedRecords(accountId, { from, to }, actor);
  await moveOpenInvitations(from, to, actor);
}

function recordAccountEvent(
  verb: 'address-changed' | 'address-restored' | 'address-change-stopped',
  subjectId: string,
  actor: Actor,
): Promise<void> {
  return recordEvent(actor, { action: `account.${verb}`, subject: 'account', subjectId });
}

async function rejectTakenAddress<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UniqueConstraintError) throw new Conflict(t('accounts:errors.addressTaken'));
    throw error;
  }
}
