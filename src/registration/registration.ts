import { Account, createAccount, endSessions, lockUnchanged, type StaffRole } from '../accounts/account.ts';
import { actingAs } from '../accounts/guard.ts';
import { hashPassword } from '../accounts/password.ts';
import { type Actor, record } from '../audit/audit.ts';
import { inTransaction } from '../database.ts';
import { Conflict } from '../errors.ts';
import { takePlace } from '../groups/place.ts';
import { type Accepted, accept, noteAccepted, noteRedeemed } from '../invitations/answer.ts';
import { type FoundLink, findLink } from '../invitations/link.ts';
import { queueMail } from '../mail/messages.ts';
import { check, keep, keepWithYear, type Typed } from './checked.ts';
import { BadInvitationLink, whyDead } from './dead-link.ts';
import { forgetFirstYears } from './first-years.ts';

export type NewMember = Typed & Readonly<{ name: string; password: string }>;

/**
 * Registers the person behind an opened link (the form has judged the password, see `passwordField`): account, profiles, invitation accepted, audit and welcome mail in one
 * transaction. Of many at once, one wins. `session` tells that one’s second click, see `redeemedIn`. The address is the invitation's, whatever was typed.
 * @throws Invalid, TooYoung, DeadLink for all but the winner, Conflict when the address has an account
 */
export async function register(
  link: FoundLink,
  member: NewMember,
  session: Buffer,
  actor: Actor,
): Promise<Account> {
  const checked = await check(link, null, member, actor);
  const passwordHash = await hashPassword(member.password);
  return inTransaction(async () => {
    const accepted = await acceptOrRefuse(link);
    const staffRole = await grantedRole(accepted);
    const { ownYearOfBirth: yearOfBirth } = checked;
    const details = { email: link.email, name: member.name, passwordHash, staffRole, yearOfBirth };
    const account = await createAccount(details, actor);
    const self = actingAs(account.id, actor);
    await keep(account.id, checked, self);
    await takePromisedPlace(accepted, account.id, self);
    await noteAccepted(accepted.id, account.id, self);
    await noteRedeemed(link.linkId, session);
    const { id: accountId, email: to } = account;
    const { invitationId, reference } = link;
    await queueMail({ template: 'welcome', to, subjectId: accountId, accountId, invitationId, reference });
    return account;
  });
}

/**
 * Accepts for somebody who is signed in with the invitation's address: claims, roles and the place
 * in a group are added to the account. Without answers about the records (null) those stay to be answered at home.
 * @returns the account as it is now, for the session that goes on: a new role ends all others
 * @throws Invalid, TooYoung, DeadLink, Conflict when the account has another address or has just been changed
 */
export async function acceptWithAccount(
  link: FoundLink,
  account: Account,
  answers: Typed | null,
  actor: Actor,
): Promise<Account> {
  if (account.email.toLowerCase() !== link.email.toLowerCase()) {
    throw new Conflict('This invitation is for another address than the one you are signed in with.');
  }
  const checked = answers && (await check(link, account, answers, actor));
  return inTransaction(async () => {
    const now = await lockUnchanged(account);
    const accepted = await acceptOrRefuse(link);
    const staffRole = await grantedRole(accepted);
    if (staffRole && now.staffRole !== staffRole && now.staffRole !== 'admin')
      await grantRole(now, staffRole, actor);
    if (checked) await keepWithYear(account, checked, actor);
    await takePromisedPlace(accepted, account.id, actor);
    await noteAccepted(accepted.id, account.id, actor);
    return now.reload();
  });
}

async function acceptOrRefuse(link: FoundLink): Promise<Accepted> {
  const accepted = await accept(link.linkId);
  if (accepted) {
    await forgetFirstYears(accepted.id);
    return accepted;
  }
  const now = await findLink(link.linkId);
  throw (now && (await whyDead(now, true))) ?? new BadInvitationLink();
}

// The right to give a role is the inviter's when it is used, not only when it was promised.
async function grantedRole(accepted: Accepted): Promise<StaffRole | null> {
  if (accepted.staffRole === null || accepted.invitedBy === null) return accepted.staffRole;
  const inviter = await Account.findByPk(accepted.invitedBy);
  return inviter?.staffRole === 'admin' && inviter.suspendedAt === null ? accepted.staffRole : null;
}

// Without a group, or with one whose place is gone since, the rest is accepted all the same.
async function takePromisedPlace(
  { id: invitationId, groupId, groupRole: role, groupInvitedBy: invitedBy }: Accepted,
  accountId: string,
  actor: Actor,
): Promise<void> {
  if (groupId && role) await takePlace({ invitationId, groupId, role, invitedBy }, accountId, actor);
}

async function grantRole(account: Account, staffRole: StaffRole, actor: Actor): Promise<void> {
  await account.update({ staffRole });
  await endSessions(account.id);
  const event = { action: 'account.role-changed', subject: 'account', subjectId: account.id } as const;
  await record(actor, { ...event, detail: { staffRole } });
}
