import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { inTransaction } from '../platform/db/database.ts';
import { Conflict, Forbidden } from '../platform/errors.ts';
import { enqueue } from '../platform/jobs/queue.ts';
import { queueMail } from '../platform/mail/messages.ts';
import { newReference } from '../platform/text/support-reference.ts';
import { Account, endSessions, lockAdmins, type StaffRole } from './account.ts';
import { getListedAccount, type ListedAccount } from './account-list.ts';
import type { AccountNotice } from './account-notices.ts';
import { revokePasswordResets } from './password-reset.ts';
import { removeTwoStep } from './two-step.ts';

/** What was done to somebody: a row of the audit, and the mail that tells them. */
type AdministeredChange = Readonly<{
  action: `account.${string}`;
  notice: AccountNotice | null;
  detail?: Readonly<Record<string, unknown>>;
}>;

/** Makes somebody staff, or no longer; signed in they are nowhere then. @throws Conflict when nothing would change */
export function changeStaffRole(
  accountId: string,
  staffRole: StaffRole | null,
  actor: Actor,
): Promise<ListedAccount> {
  return administerAccount(accountId, actor, async (account, admins) => {
    if (account.staffRole === staffRole) throw new Conflict('This is the person’s role already.');
    ensureAdminRemains(account, admins);
    await Account.update({ staffRole }, { where: { id: account.id } });
    await endSessions(account.id);
    const notice = staffRole === null ? 'staff-role-removed' : (`${staffRole}-role-granted` as const);
    return { action: 'account.role-changed', notice, detail: { from: account.staffRole, to: staffRole } };
  });
}

/** Shuts somebody out at once: sessions, half-finished sign-ins and links for a new password end. @throws Conflict */
export function suspendAccount(accountId: string, reason: string, actor: Actor): Promise<ListedAccount> {
  return administerAccount(accountId, actor, async (account, admins) => {
    if (account.suspendedAt !== null) throw new Conflict('This account is suspended already.');
    ensureAdminRemains(account, admins);
    const changes = { suspendedAt: new Date(), suspendedReason: reason };
    await Account.update(changes, { where: { id: account.id } });
    await revokeSessionsAndResets(account.id);
    return { action: 'account.suspended', notice: 'account-suspended' };
  });
}

/** Lets somebody in again. @throws Conflict when nobody shut them out */
export function reinstateAccount(accountId: string, actor: Actor): Promise<ListedAccount> {
  return administerAccount(accountId, actor, async (account, _admins) => {
    if (account.suspendedAt === null) throw new Conflict('This account isn’t suspended.');
    const changes = { suspendedAt: null, suspendedReason: null };
    await Account.update(changes, { where: { id: account.id } });
    return { action: 'account.reinstated', notice: 'account-reinstated' };
  });
}

/**
 * For somebody who lost the phone and the recovery codes: the secret and the codes are gone, and whoever has the phone is
 * signed out. Staff who need two-step sign-in turn it on again before they see the panel. @throws Conflict when it is off
 */
export function resetTwoStep(accountId: string, actor: Actor): Promise<ListedAccount> {
  return administerAccount(accountId, actor, async (account, _admins) => {
    if (!(await removeTwoStep(account.id))) throw new Conflict('Two-step sign-in is off for this account.');
    await revokeSessionsAndResets(account.id);
    return { action: 'account.two-step-reset', notice: 'two-step-reset' };
  });
}

/** Signs somebody out everywhere. */
export function signOutEverywhere(accountId: string, actor: Actor): Promise<ListedAccount> {
  return administerAccount(accountId, actor, async (account, _admins) => {
    await endSessions(account.id);
    return { action: 'account.sessions-ended', notice: 'sessions-ended' };
  });
}

/** Mails a link to choose a new password; the mail itself tells of it. @throws Conflict for a suspended account */
export function sendPasswordReset(accountId: string, actor: Actor): Promise<ListedAccount> {
  return administerAccount(accountId, actor, async (account, _admins) => {
    if (account.suspendedAt !== null)
      throw new Conflict('This account is suspended: a new password would open nothing.');
    await enqueue('mail-password-reset', { email: account.email });
    return { action: 'account.password-reset-sent', notice: null };
  });
}

/** The frame of all of it: only an administrator who still is one, only to somebody else, in one transaction. */
function administerAccount(
  accountId: string,
  actor: Actor,
  work: (account: ListedAccount, admins: readonly string[]) => Promise<AdministeredChange>,
): Promise<ListedAccount> {
  return inTransaction(async () => {
    const admins = await lockAdmins();
    if (actor.kind === 'account') {
      if (!admins.includes(actor.accountId)) throw new Forbidden('You are no administrator any more.');
      if (actor.accountId === accountId)
        throw new Conflict('This is your own account. Ask another administrator, or see “Your account”.');
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
    throw new Conflict('This is the only administrator. Make somebody else an administrator first.');
}

async function revokeSessionsAndResets(accountId: string): Promise<void> {
  await endSessions(accountId);
  await revokePasswordResets(accountId);
}

async function notifyAccountHolder({ id, email }: ListedAccount, template: AccountNotice): Promise<void> {
  await queueMail({ template, to: email, subjectId: id, accountId: id, reference: newReference() });
}
