import { type Actor, record } from '../audit/audit.ts';
import { inTransaction } from '../database.ts';
import { Conflict, Forbidden } from '../errors.ts';
import { enqueue } from '../jobs/queue.ts';
import { queueMail } from '../mail/messages.ts';
import { newReference } from '../web/reference.ts';
import { Account, endSessions, lockAdmins, type StaffRole } from './account.ts';
import { endResets } from './password-reset.ts';
import { type Person, personById } from './people-list.ts';
import type { StaffNotice } from './staff-mails.ts';
import { forgetSecret } from './two-step.ts';

/** What was done to somebody: a row of the audit, and the mail that tells them. */
type Done = Readonly<{
  action: `account.${string}`;
  notice: StaffNotice | null;
  detail?: Readonly<Record<string, unknown>>;
}>;

/** Makes somebody staff, or no longer; signed in they are nowhere then. @throws Conflict when nothing would change */
export function changeRole(accountId: string, staffRole: StaffRole | null, actor: Actor): Promise<Person> {
  return change(accountId, actor, async (person, admins) => {
    if (person.staffRole === staffRole) throw new Conflict('This is the person’s role already.');
    keepOneAdmin(person, admins);
    await Account.update({ staffRole }, { where: { id: person.id } });
    await endSessions(person.id);
    const notice = staffRole === null ? 'staff-role-ended' : (`made-${staffRole}` as const);
    return { action: 'account.role-changed', notice, detail: { from: person.staffRole, to: staffRole } };
  });
}

/** Shuts somebody out at once: sessions, half-finished sign-ins and links for a new password end. @throws Conflict */
export function suspend(accountId: string, reason: string, actor: Actor): Promise<Person> {
  return change(accountId, actor, async (person, admins) => {
    if (person.suspendedAt !== null) throw new Conflict('This account is suspended already.');
    keepOneAdmin(person, admins);
    const facts = { suspendedAt: new Date(), suspendedReason: reason };
    await Account.update(facts, { where: { id: person.id } });
    await endAllWaysIn(person.id);
    return { action: 'account.suspended', notice: 'account-suspended' };
  });
}

/** Lets somebody in again. @throws Conflict when nobody shut them out */
export function reinstate(accountId: string, actor: Actor): Promise<Person> {
  return change(accountId, actor, async (person, _admins) => {
    if (person.suspendedAt === null) throw new Conflict('This account isn’t suspended.');
    const facts = { suspendedAt: null, suspendedReason: null };
    await Account.update(facts, { where: { id: person.id } });
    return { action: 'account.reinstated', notice: 'account-reinstated' };
  });
}

/**
 * For somebody who lost the phone and the recovery codes: the secret and the codes are gone, and whoever has the phone is
 * signed out. Staff who need two-step sign-in turn it on again before they see the panel. @throws Conflict when it is off
 */
export function resetTwoStep(accountId: string, actor: Actor): Promise<Person> {
  return change(accountId, actor, async (person, _admins) => {
    if (!(await forgetSecret(person.id))) throw new Conflict('Two-step sign-in is off for this account.');
    await endAllWaysIn(person.id);
    return { action: 'account.two-step-reset', notice: 'two-step-reset' };
  });
}

/** Signs somebody out everywhere. */
export function endAllSessions(accountId: string, actor: Actor): Promise<Person> {
  return change(accountId, actor, async (person, _admins) => {
    await endSessions(person.id);
    return { action: 'account.sessions-ended', notice: 'sessions-ended' };
  });
}

/** Mails a link to choose a new password; the mail itself tells of it. @throws Conflict for a suspended account */
export function sendPasswordReset(accountId: string, actor: Actor): Promise<Person> {
  return change(accountId, actor, async (person, _admins) => {
    if (person.suspendedAt !== null)
      throw new Conflict('This account is suspended: a new password would open nothing.');
    await enqueue('mail-password-reset', { email: person.email });
    return { action: 'account.reset-sent', notice: null };
  });
}

/** The frame of all of it: only an administrator who still is one, only to somebody else, in one transaction. */
function change(
  accountId: string,
  actor: Actor,
  work: (person: Person, admins: readonly string[]) => Promise<Done>,
): Promise<Person> {
  return inTransaction(async () => {
    const admins = await lockAdmins();
    if (actor.kind === 'account') {
      if (!admins.includes(actor.accountId)) throw new Forbidden('You are no administrator any more.');
      if (actor.accountId === accountId)
        throw new Conflict('This is your own account. Ask another administrator, or see “Your account”.');
    }
    const person = await personById(accountId, { lock: true });
    const done = await work(person, admins);
    const { action, detail = {} } = done;
    await record(actor, { action, subject: 'account', subjectId: person.id, detail });
    if (done.notice !== null) await tell(person, done.notice);
    return person;
  });
}

function keepOneAdmin(person: Person, admins: readonly string[]): void {
  if (admins.length === 1 && admins[0] === person.id)
    throw new Conflict('This is the only administrator. Make somebody else an administrator first.');
}

async function endAllWaysIn(accountId: string): Promise<void> {
  await endSessions(accountId);
  await endResets(accountId);
}

async function tell({ id, email }: Person, template: StaffNotice): Promise<void> {
  await queueMail({ template, to: email, subjectId: id, accountId: id, reference: newReference() });
}
