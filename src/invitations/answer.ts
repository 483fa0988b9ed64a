import type { Transaction } from 'sequelize';
import type { StaffRole } from '../accounts/account.ts';
import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, row, rows } from '../database.ts';
import type { GroupRole } from '../groups/group.ts';
import type { DeclineReason } from './invitation.ts';
import { openSql } from './status.ts';
import { tellOfAcceptance } from './watch.ts';

/** An invitation that was just accepted, with what it grants and who promised it. */
export type Accepted = Readonly<{
  id: string;
  staffRole: StaffRole | null;
  invitedBy: string | null;
  groupId: string | null;
  groupRole: GroupRole | null;
  groupInvitedBy: string | null;
}>;

/**
 * Accepts the invitation of a link, if it is still open, unexpired and the link is its current one. However many try
 * at once, one wins. Runs before the account is made, so that the others wait here and find it taken.
 * @returns the invitation's id and what it grants, or null for all but the winner
 */
export async function accept(linkId: string, transaction: Transaction): Promise<Accepted | null> {
  return row(
    `update invitations i set accepted_at = now(), opened_at = coalesce(opened_at, now()) from invitation_links l
     where l.id = $1 and l.invitation_id = i.id and l.retired_at is null and ${openSql} and i.expires_at > now()
       and not exists (select from invitations b where b.email = i.email and b.age_blocked_at is not null)
     returning i.id, i.staff_role as "staffRole", i.invited_by as "invitedBy", i.group_id as "groupId",
       i.group_role as "groupRole", i.group_invited_by as "groupInvitedBy"`,
    [linkId],
    transaction,
  );
}

/** Notes whose account the accepted invitation led to, and tells the inviter if they wished so. */
export async function noteAccepted(
  invitationId: string,
  accountId: string,
  actor: Actor,
  transaction: Transaction,
): Promise<void> {
  await rows(`update invitations set accepted_by = $2 where id = $1`, [invitationId, accountId], transaction);
  const detail = { accountId };
  await record(
    actor,
    { action: 'invitation.accepted', subject: 'invitation', subjectId: invitationId, detail },
    transaction,
  );
  await tellOfAcceptance(invitationId, transaction);
}

/** Declines the invitation of a current link. @returns whether it was still open */
export function decline(linkId: string, reason: DeclineReason, actor: Actor): Promise<boolean> {
  return inTransaction(async (transaction) => {
    const declined = await row<{ id: string }>(
      `update invitations i set declined_at = now(), declined_reason = $2, opened_at = coalesce(opened_at, now())
       from invitation_links l
       where l.id = $1 and l.invitation_id = i.id and l.retired_at is null and ${openSql} and i.expires_at > now()
       returning i.id`,
      [linkId, reason],
      transaction,
    );
    if (!declined) return false;
    const event = { action: 'invitation.declined', subject: 'invitation', subjectId: declined.id } as const;
    await record(actor, { ...event, detail: { reason } }, transaction);
    return true;
  });
}
