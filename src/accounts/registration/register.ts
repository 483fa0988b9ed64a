import { joinByInvitation } from '../../groups/join-by-invitation.ts';
import { type FoundLink, findLink } from '../../invitations/link.ts';
import {
  type AcceptedInvitation,
  acceptInvitation,
  recordAcceptance,
  recordRedeemingSession,
} from '../../invitations/response.ts';
import { type Actor, actingAs, recordEvent } from '../../platform/audit/audit.ts';
import { inTransaction } from '../../platform/db/database.ts';
import { Conflict } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { currentLanguage } from '../../platform/i18n/languages.ts';
import { queueMail } from '../../platform/mail/messages.ts';
import { Account, createAccount, endSessions, lockUnchangedAccount, type StaffRole } from '../account.ts';
import { recordShownTexts } from '../legal-texts.ts';
import { hashPassword } from '../password.ts';
import { type RegistrationAnswers, saveAnswers, saveAnswersAndYear, validateAnswers } from './answers.ts';
import { deleteEnteredYears } from './first-entered-years.ts';
import { findLinkError, InvalidInvitationLink } from './link-errors.ts';

export type NewMember = RegistrationAnswers & Readonly<{ name: string; password: string }>;

/**
 * Accepts an invitation for a new member: account, profiles, acceptance, audit and welcome mail in one transaction. Of
 * concurrent requests, one wins. The address is always the invitation's. The form has checked the password.
 * @param sessionHash recognises a second click of the same person: see `findAccountRedeemedBySession`
 * @throws InvalidInput, TooYoung, UnusableInvitationLink for all but the winner, Conflict if the address has an account
 */
export async function registerMember(
  link: FoundLink,
  member: NewMember,
  sessionHash: Buffer,
  actor: Actor,
): Promise<Account> {
  const validated = await validateAnswers(link, null, member, actor);
  const passwordHash = await hashPassword(member.password);
  return inTransaction(async () => {
    const accepted = await acceptOrThrow(link);
    const staffRole = await resolveStaffRole(accepted);
    const { ownYearOfBirth: yearOfBirth } = validated;
    const language = currentLanguage();
    const details = { email: link.email, name: member.name, passwordHash, staffRole, yearOfBirth, language };
    const account = await createAccount(details, actor);
    await recordShownTexts(account.id);
    const memberActor = actingAs(account.id, actor);
    await saveAnswers(account.id, validated, memberActor);
    await joinInvitedGroup(accepted, account.id, memberActor);
    await recordAcceptance(accepted.id, account.id, memberActor);
    await recordRedeemingSession(link.linkId, sessionHash);
    const { id: accountId, email: to } = account;
    const { invitationId, reference } = link;
    await queueMail({ template: 'welcome', to, subjectId: accountId, accountId, invitationId, reference });
    return account;
  });
}

/**
 * Accepts an invitation for a signed-in account: adds claims, role and membership. A new role ends all other sessions.
 * @param answers null to leave the questions about records for the home page
 * @returns the updated account, to continue the current session
 * @throws InvalidInput, TooYoung, UnusableInvitationLink, Conflict if the invitation is for another address or the
 * account was changed in the meantime
 */
export async function acceptWithAccount(
  link: FoundLink,
  account: Account,
  answers: RegistrationAnswers | null,
  actor: Actor,
): Promise<Account> {
  if (account.email.toLowerCase() !== link.email.toLowerCase()) {
    throw new Conflict(t('registration:otherAccount.refused'));
  }
  const validated = answers && (await validateAnswers(link, account, answers, actor));
  return inTransaction(async () => {
    const currentAccount = await lockUnchangedAccount(account);
    const accepted = await acceptOrThrow(link);
    const staffRole = await resolveStaffRole(accepted);
    if (staffRole && currentAccount.staffRole !== staffRole && currentAccount.staffRole !== 'admin')
      await grantStaffRole(currentAccount, staffRole, actor);
    if (validated) await saveAnswersAndYear(account, validated, actor);
    await joinInvitedGroup(accepted, account.id, actor);
    await recordAcceptance(accepted.id, account.id, actor);
    return currentAccount.reload();
  });
}

async function acceptOrThrow(link: FoundLink): Promise<AcceptedInvitation> {
  const accepted = await acceptInvitation(link.linkId);
  if (accepted) {
    await deleteEnteredYears(accepted.id);
    return accepted;
  }
  const currentLink = await findLink(link.linkId);
  throw (currentLink && (await findLinkError(currentLink, true))) ?? new InvalidInvitationLink();
}

// The inviter must still have the right to give a role when the invitation is accepted.
async function resolveStaffRole(accepted: AcceptedInvitation): Promise<StaffRole | null> {
  if (accepted.staffRole === null || accepted.invitedBy === null) return accepted.staffRole;
  const inviter = await Account.findByPk(accepted.invitedBy);
  return inviter?.staffRole === 'admin' && inviter.suspendedAt === null ? accepted.staffRole : null;
}

// Does nothing without a group. If the group can't be joined any more, the rest is accepted anyway.
async function joinInvitedGroup(
  { id: invitationId, groupId, groupRole: role, groupInvitedBy: invitedBy }: AcceptedInvitation,
  accountId: string,
  actor: Actor,
): Promise<void> {
  if (groupId && role) await joinByInvitation({ invitationId, groupId, role, invitedBy }, accountId, actor);
}

async function grantStaffRole(account: Account, staffRole: StaffRole, actor: Actor): Promise<void> {
  await account.update({ staffRole });
  await endSessions(account.id);
  const event = { action: 'account.role-changed', subject: 'account', subjectId: account.id } as const;
  await recordEvent(actor, { ...event, detail: { staffRole } });
}
