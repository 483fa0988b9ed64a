import type { Actor } from '../audit/audit.ts';
import { row } from '../database.ts';
import { Forbidden } from '../errors.ts';
import { type GroupRole, holdGroup } from './group.ts';

/** What somebody is to a group now: a member in a role, an administrator of the staff, both, or neither. */
export type Rights = Readonly<{ role: GroupRole | null; staff: boolean }>;

const none: Rights = { role: null, staff: false };

/** What whoever acts is to a group. The product itself and commands on the server may all that staff may. */
export async function rightsIn(groupId: string, actor: Actor): Promise<Rights> {
  if (actor.kind === 'account') return rightsOf(groupId, actor.accountId);
  return actor.kind === 'visitor' ? none : { role: null, staff: true };
}

/** What an account is to a group: as a member nothing, whatever its role, while it has no access. Staff rights need no age. */
export async function rightsOf(groupId: string, accountId: string | null): Promise<Rights> {
  const rights = await row<Rights>(
    `select case when takes_part(a.id) then m.role end as role, coalesce(a.staff_role = 'admin', false) as staff
     from accounts a left join memberships m
       on m.group_id = $1 and m.account_id = a.id and m.joined_at is not null and m.removed_at is null
     where a.id = $2 and a.suspended_at is null`,
    [groupId, accountId],
  );
  return rights ?? none;
}

/** Whether somebody runs the group: members, invitations and links are theirs to look after. */
export function mayManage({ role, staff }: Rights): boolean {
  return staff || role === 'owner' || role === 'admin';
}

/** Whether somebody can make others `role`, or take it from them. Only owners and the staff make owners and admins. */
export function mayGive({ role: own, staff }: Rights, role: GroupRole): boolean {
  return staff || own === 'owner' || (own === 'admin' && role === 'member');
}

/** Whether somebody answers a leak: freezes the links of others, undoes what came by them. */
export function mayAnswerLeak({ role, staff }: Rights): boolean {
  return staff || role === 'owner';
}

/**
 * Holds the group and makes sure that whoever acts may invite into it as `role`.
 * @throws NotFound, Conflict when it is archived, Forbidden
 */
export async function requireToInvite(groupId: string, role: GroupRole, actor: Actor): Promise<void> {
  await holdGroup(groupId, 'join');
  const rights = await rightsIn(groupId, actor);
  if (!mayManage(rights)) throw new Forbidden('Only owners and admins of a group invite into it.');
  if (!mayGive(rights, role)) throw new Forbidden('Only an owner can make somebody an owner or an admin.');
}
