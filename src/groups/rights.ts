import type { Actor } from '../platform/audit/audit.ts';
import { queryRow } from '../platform/db/database.ts';
import { Forbidden } from '../platform/errors.ts';
import { type GroupRole, lockGroup } from './group.ts';

/** What somebody is to a group now: a member in a role, an administrator of the staff, both, or neither. */
export type GroupRights = Readonly<{ role: GroupRole | null; isAdmin: boolean }>;

const noRights: GroupRights = { role: null, isAdmin: false };

/** What whoever acts is to a group. The product itself and commands on the server may all that staff may. */
export async function getActorRights(groupId: string, actor: Actor): Promise<GroupRights> {
  if (actor.kind === 'account') return getAccountRights(groupId, actor.accountId);
  return actor.kind === 'visitor' ? noRights : { role: null, isAdmin: true };
}

/** What an account is to a group: as a member nothing, whatever its role, while it has no access. Staff rights need no age. */
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

/** Whether somebody runs the group: members, invitations and links are theirs to look after. */
export function canManage({ role, isAdmin }: GroupRights): boolean {
  return isAdmin || role === 'owner' || role === 'admin';
}

/** Whether somebody can make others `role`, or take it from them. Only owners and the staff make owners and admins. */
export function canAssignRole({ role: own, isAdmin }: GroupRights, role: GroupRole): boolean {
  return isAdmin || own === 'owner' || (own === 'admin' && role === 'member');
}

/** Whether somebody answers a leak: freezes the links of others, undoes what came by them. */
export function canRespondToLeak({ role, isAdmin }: GroupRights): boolean {
  return isAdmin || role === 'owner';
}

/**
 * Holds the group and makes sure that whoever acts may invite into it as `role`.
 * @throws NotFound, Conflict when it is archived, Forbidden
 */
export async function lockGroupToInvite(groupId: string, role: GroupRole, actor: Actor): Promise<void> {
  await lockGroup(groupId, 'join');
  const rights = await getActorRights(groupId, actor);
  if (!canManage(rights)) throw new Forbidden('Only owners and admins of a group invite into it.');
  if (!canAssignRole(rights, role))
    throw new Forbidden('Only an owner can make somebody an owner or an admin.');
}
