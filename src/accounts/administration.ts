import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { inTransaction } from '../platform/db/database.ts';
import { Conflict, Forbidden } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { enqueue } from '../platform/jobs/queue.ts';
import { queueMail } from '../platform/mail/messages.ts';
import { newReference } from '../platform/text/support-reference.ts';
import { Account, endSessions, lockAdmins, type StaffRole } from './account.ts';
import { getListedAccount, type ListedAccount } from './account-list.ts';
import type { AccountNotice } from './account-notices.ts';
import { revokePasswordResets } from './password-reset.ts';
import { removeTwoStep } from './two-step.ts';

/** The audit action of a change, and the mail that notifies the account holder. */
type AdministeredChange = Readonly<{
  action: `account.${string}`;
  notice: AccountNotice | null;
  detail?: Readonly<Record<string, unknown>>;
}>;

/** Changes or removes a staff role and signs the account out everywhere. @throws Conflict if nothing would change */
export function changeStaffRole(
  accountId: string,
  staffRole: StaffRole | null,
  actor: Actor,
): Promise<ListedAccount> {
  return administerAccount(accountId, actor, async (account, admins) => {
    if (account.staffRole === staffRole) throw new Conflict(t('accounts:administration.sameRole'));
    ensureAdminRemains(account, admins);
    await Account.update({ staffRole }, { where: { id: account.id } });
    await endSessions(account.id);
    const notice = staffRole === null ? 'staff-role-removed' : (`${staffRole}-role-granted` as const);
    return { action: 'account.role-changed', notice, detail: { from: account.staffRole, to: staffRole } };
  });
}

/**
 * Suspends an account and revokes its sessions, unfinished sign-ins and password resets.
 * @throws Conflict if it is suspended already, or is the last administrator
 */
export function suspendAccount(accountId: string, reason: string, actor: Actor): Promise<ListedAccount> {
  return administerAccount(accountId, actor, async (account, admins) => {
    if (account.suspendedAt !== null) throw new Conflict(t('accounts:administration.alreadySuspended'));
    ensureAdminRemains(account, admins);
    const changes = { suspendedAt: new Date(), suspendedReason: reason };
    await Account.update(changes, { where: { id: account.id } });
    await revokeSessionsAndResets(account.id);
    return { action: 'account.suspended', notice: 'account-suspended' };
  });
}

/** Lifts a suspension. @throws Conflict if the account isn't suspended */
export function reinstateAccount(accountId: string, actor: Actor): Promise<ListedAccount> {
  return administerAccount(accountId, actor, async (account, _admins) => {
    if (account.suspendedAt === null) throw new Conflict(t('accounts:administration.notSuspended'));
    const changes = { suspendedAt: null, suspendedReason: null };
    await Account.update(changes, { where: { id: account.id } });
    return { action: 'account.reinstated', notice: 'account-reinstated' };
  });
}

/**
 * Removes the two-step secret and the recovery codes of someone who lost both, and signs the account out everywhere.
 * Staff who need two-step sign-in must turn it on again before they can use the panel.
 * @throws Conflict if two-step sign-in is off
 */
export function resetTwoStep(accountId: string, actor: Actor): Promise<ListedAccount> {
  return administerAccount(accountId, actor, async (account, _admins) => {
    if (!(await removeTwoStep(account.id))) throw new Conflict(t('accounts:administration.twoStepOff'));
    await revokeSessionsAndResets(account.id);
    return { action: 'account.two-step-reset', notice: 'two-step-reset' };
  });
}

/** Ends all sessions of another person's account. */
export function signOutEverywhere(accountId: string, actor: Actor): Promise<ListedAccount> {
  return administerAccount(accountId, actor, async (account, _admins) => {
    await endSessions(account.id);
    return { action: 'account.sessions-ended', notice: 'sessions-ended' };
  });
}

/** Mails a password reset link. No further notice is sent. @throws Conflict for a suspended account */
export function sendPasswordReset(accountId: string, actor: Actor): Promise<ListedAccount> {
  return administerAccount(accountId, actor, async (account, _admins) => {
    if (account.suspendedAt !== null) throw new Conflict(t('accounts:administration.suspendedReset'));
    await enqueue('mail-password-reset', { email: account.email });
    return { action: 'account.password-reset-sent', notice: null };
  });
}

/**
 * Runs a change in one transaction and records it.
 * @throws Forbidden if the actor is no longer an administrator, Conflict if the account is the actor's own
 */
export function administerAccount(
  accountId: string,
  actor: Actor,
  work: (account: ListedAccount, admins: readonly string[]) => Promise<AdministeredChange>,
): Promise<ListedAccount> {
  return inTransaction(async () => {
    const admins = await lockAdmins();
    if (actor.kind === 'account') {
      if (!admins.includes(actor.accountId)) throw new Forbidden(t('accounts:administration.notAdmin'));
      if (actor.accountId === accountId) throw new Conflict(t('accounts:administration.ownAccount'));
    }
    const person = await getListedAccount(accountId, { lock: true });
    const result = await work(person, admins);
    const { action, detail = {} } = result;
    await recordEvent(actor, { action, subject: 'account', subjectId: person.id, detail });
    if (result.notice !== null) await notifyAccountHolder(person, result.notice);
    return person;
  });
}

function ensureAdminRemains(account: ListedAccount, admins: readonly string[]): void {
  if (admins.length === 1 && admins[0] === account.id)
    throw new Conflict(t('accounts:administration.onlyAdmin'));
}

async function revokeSessionsAndResets(accountId: string): Promise<void> {
  await endSessions(accountId);
  await revokePasswordResets(accountId);
}

async function notifyAccountHolder({ id, email }: ListedAccount, template: AccountNotice): Promise<void> {
  await queueMail({ template, to: email, subjectId: id, accountId: id, reference: newReference() });
}
