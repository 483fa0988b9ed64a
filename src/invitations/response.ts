import { type Attributes, UniqueConstraintError } from 'sequelize';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { columnsOf, inTransaction, queryRow } from '../platform/db/database.ts';
import { Conflict } from '../platform/errors.ts';
import { officeText, t } from '../platform/i18n/i18n.ts';
import { liftSuppressions, suppress } from '../platform/mail/suppressions.ts';
import { type DeclineReason, Invitation } from './invitation.ts';
import { notifyInviterOfAcceptance } from './inviter-notification.ts';
import { InvitationLink } from './link.ts';
import { reportDeceased, withdrawDeceasedReport } from './requests/invitation-request.ts';
import { openSql } from './status.ts';

const grantedAttributes = ['id', 'staffRole', 'invitedBy', 'groupId', 'groupRole', 'groupInvitedBy'] as const;

/** An accepted invitation: what it grants, and who invited. */
export type AcceptedInvitation = Pick<Attributes<Invitation>, (typeof grantedAttributes)[number]>;

/**
 * Accepts the invitation of a link if it is open, not expired, and still for the link's address. Of several concurrent
 * attempts one wins. Runs before the account is created, so that the others wait here.
 * @returns the id and what it grants, or null if another attempt won or it can't be accepted
 */
export async function acceptInvitation(linkId: string): Promise<AcceptedInvitation | null> {
  return queryRow(
    `update invitations i set accepted_at = now(), opened_at = coalesce(opened_at, now()) from invitation_links l
     where l.id = $1 and l.invitation_id = i.id and l.email = i.email and ${openSql} and i.expires_at > now()
       and not exists (select from invitations b where b.email = i.email and b.age_blocked_at is not null)
     returning ${columnsOf(Invitation, 'i', grantedAttributes)}`,
    [linkId],
  );
}

/** Records the account that accepted the invitation, and notifies the inviter if they asked for that. */
export async function recordAcceptance(invitationId: string, accountId: string, actor: Actor): Promise<void> {
  await Invitation.update({ acceptedBy: accountId }, { where: { id: invitationId } });
  const detail = { accountId };
  await recordEvent(actor, {
    action: 'invitation.accepted',
    subject: 'invitation',
    subjectId: invitationId,
    detail,
  });
  await notifyInviterOfAcceptance(invitationId);
}

/** Stores the SHA-256 of the id of the session that redeemed a link, for `findAccountRedeemedBySession`. */
export async function recordRedeemingSession(linkId: string, sessionHash: Buffer): Promise<void> {
  await InvitationLink.update({ redeemedSessionHash: sessionHash }, { where: { id: linkId } });
}

/**
 * The account that this session registered with the link within the last minute, in case its form is sent twice. Null
 * once the security state of the account has changed.
 */
export async function findAccountRedeemedBySession(
  linkId: string,
  sessionHash: Buffer,
): Promise<string | null> {
  const redeemed = await queryRow<{ accountId: string }>(
    `select i.accepted_by as account_id from invitation_links l join invitations i on i.id = l.invitation_id
       join accounts a on a.id = i.accepted_by
     where l.id = $1 and l.redeemed_session_hash = $2 and i.accepted_at > now() - interval '1 minute'
       and a.security_version = 0`,
    [linkId, sessionHash],
  );
  return redeemed?.accountId ?? null;
}

/** Declines the invitation of a link. @returns false if it was no longer open */
export function declineInvitation(linkId: string, reason: DeclineReason, actor: Actor): Promise<boolean> {
  return inTransaction(async () => {
    const declined = await queryRow<{ id: string; email: string }>(
      `update invitations i set declined_at = now(), declined_reason = $2, opened_at = coalesce(opened_at, now())
       from invitation_links l
       where l.id = $1 and l.invitation_id = i.id and l.email = i.email and ${openSql} and i.expires_at > now()
       returning i.id, i.email`,
      [linkId, reason],
    );
    if (!declined) return false;
    const { id, email } = declined;
    const event = { action: 'invitation.declined', subject: 'invitation', subjectId: id } as const;
    await recordEvent(actor, { ...event, detail: { reason } });
    if (reason === 'stop') await suppress([{ email, kind: 'unsubscribed', invitationId: id }], actor);
    if (reason === 'deceased') await reportDeceased(email, id);
    return true;
  });
}

/**
 * Undoes a decline until the expiry date: the invitation is open again, and the `unsubscribed` suppression is lifted.
 * @returns false if it was not declined or has expired
 * @throws Conflict if the address has a newer invitation
 */
export function undoDecline(linkId: string, actor: Actor): Promise<boolean> {
  return inTransaction(async () => {
    const undone = await queryRow<{ id: string; email: string }>(
      `update invitations i set declined_at = null, declined_reason = null from invitation_links l
       where l.id = $1 and l.invitation_id = i.id and l.email = i.email and i.declined_at is not null
         and i.expires_at > now() returning i.id, i.email`,
      [linkId],
    );
    if (!undone) return false;
    const event = {
      action: 'invitation.decline-undone',
      subject: 'invitation',
      subjectId: undone.id,
    } as const;
    await recordEvent(actor, event);
    await liftSuppressions(
      undone.email,
      ['unsubscribed'],
      officeText('invitations:stored.changedMind'),
      actor,
    );
    await withdrawDeceasedReport(undone.email);
    return true;
  }).catch((error: unknown) => {
    if (!(error instanceof UniqueConstraintError)) throw error;
    throw new Conflict(t('registration:declined.replaced'));
  });
}
