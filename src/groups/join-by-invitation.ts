import { Transaction } from 'sequelize';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { queryRow } from '../platform/db/database.ts';
import { Group, type GroupRole, groupRoles } from './group.ts';
import { canAssignRole, getAccountRights } from './rights.ts';

/** The membership that an invitation offers. `invitedBy` is null for commands on the server. */
export type InvitedMembership = Readonly<{
  invitationId: string;
  groupId: string;
  role: GroupRole;
  invitedBy: string | null;
}>;

/**
 * Adds an account to the group of its invitation, in the caller's transaction. An existing member's role is only raised.
 * @returns false if the group is archived or the inviter may no longer assign the role
 */
export async function joinByInvitation(
  { invitationId, groupId, role, invitedBy }: InvitedMembership,
  accountId: string,
  actor: Actor,
): Promise<boolean> {
  const group = await Group.scope('open').findByPk(groupId, { lock: Transaction.LOCK.SHARE });
  if (!group) return false;
  if (invitedBy !== null && !canAssignRole(await getAccountRights(groupId, invitedBy), role)) return false;
  const joined = await queryRow<{ id: string; isNew: boolean }>(
    `insert into memberships as m (group_id, account_id, role, joined_at, invited_by, invitation_id)
     values ($1, $2, $3, now(), $4, $5)
     on conflict (group_id, account_id) where account_id is not null and removed_at is null
     do update set role = excluded.role, invitation_id = excluded.invitation_id
     where array_position($6::text[], excluded.role) < array_position($6::text[], m.role)
     returning id, xmax = 0 as is_new`,
    [groupId, accountId, role, invitedBy, invitationId, [...groupRoles]],
  );
  if (!joined) return true;
  const detail = { membershipId: joined.id, accountId, role, by: 'invitation', invitationId };
  const action = joined.isNew ? 'membership.joined' : 'membership.role-changed';
  await recordEvent(actor, { action, subject: 'group', subjectId: groupId, detail });
  return true;
}
