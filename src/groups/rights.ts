import type { Actor } from '../platform/audit/audit.ts';
import { queryRow } from '../platform/db/database.ts';
import { Forbidden } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { type GroupRole, lockGroup } from './group.ts';

/** What gives someone rights in a group: their role in it, being an administrator, both or neither. */
export type GroupRights = Readonly<{ role: GroupRole | null; isAdmin: boolean }>;

const noRights: GroupRights = { role: null, isAdmin: false };

/** The actor's rights in a group. The system and commands on the server have those of an administrator. */
export async function getActorRights(groupId: string, actor: Actor): Promise<GroupRights> {
  if (actor.kind === 'account') return getAccountRights(groupId, actor.accountId);
  return actor.kind === 'visitor' ? noRights : { role: null, isAdmin: true };
}

/** An account's rights in a group. A role counts only while the account has access; staff rights don't depend on age. */
export async function getAccountRights(groupId: string, accountId: string | null): Promise<GroupRights> {
  const rights = await queryRow<GroupRights>(
    `select case when account_has_access(a.id) then m.role end as role, coalesce(a.staff_role = 'admin', false) as is_admin
     from accounts a left join memberships m
       on m.group_id = $1 and m.account_id = a.id and m.joined_at is not null and m.removed_at is null
     where a.id = $2 and a.suspended_at is null`,
    [groupId, accountId],
  );
  return rights ?? noRights;
}

/** Whether someone may manage members, invitations and links. */
export function canManage({ role, isAdmin }: GroupRights): boolean {
  return isAdmin || role === 'owner' || role === 'admin';
}

/** Whether someone may assign `role` to others and take it away. Only owners and administrators appoint owners and admins. */
export function canAssignRole({ role: ownRole, isAdmin }: GroupRights, role: GroupRole): boolean {
  return isAdmin || ownRole === 'owner' || (ownRole === 'admin' && role === 'member');
}

/** Whether someone may revoke all links of others at once, and remove and restore members who joined with a leaked link. */
export function canRespondToLeak({ role, isAdmin }: GroupRights): boolean {
  return isAdmin || role === 'owner';
}

/**
 * Locks the group and checks that the actor may invite people to it as `role`.
 * @throws NotFound, Conflict if it is archived, Forbidden
 */
export async function lockGroupToInvite(groupId: string, role: GroupRole, actor: Actor): Promise<void> {
  await lockGroup(groupId, 'join');
  const rights = await getActorRights(groupId, actor);
  if (!canManage(rights)) throw new Forbidden(t('groups:errors.inviteByManager'));
  if (!canAssignRole(rights, role)) throw new Forbidden(t('groups:errors.appointByOwner'));
}
