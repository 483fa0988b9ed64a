import { UniqueConstraintError } from 'sequelize';
import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, row, rows } from '../database.ts';
import { Conflict, Forbidden, NotFound } from '../errors.ts';
import { isId } from '../text.ts';
import { type GroupRole, holdGroup } from './group.ts';
import { mayAnswerLeak, mayGive, rightsIn } from './rights.ts';

/** Why somebody is no longer in a group: their own wish, taken out, or undone with what came by a leaked link. */
export type Removal = 'left' | 'removed' | 'undone';

class LastOwner extends Conflict {
  override readonly title = 'A group needs an owner';
  // Leads to where they came from, at the members' door and at the staff's: the page of the member, or of the group.
  override readonly ways = [{ label: 'Go back', url: './' }];

  constructor() {
    super('This is its last one. Make somebody else an owner first.');
  }
}

type Row = Readonly<{
  id: string;
  accountId: string;
  role: GroupRole;
  linkId: string | null;
  removal: Removal | null;
}>;

/** Gives a member another role. @throws NotFound, Forbidden, Conflict for the last owner */
export function changeRole(
  groupId: string,
  membershipId: string,
  role: GroupRole,
  actor: Actor,
): Promise<void> {
  return inTransaction(async () => {
    await holdGroup(groupId, 'change');
    const member = await memberOf(groupId, membershipId);
    const rights = await rightsIn(groupId, actor);
    if (!mayGive(rights, member.role) || !mayGive(rights, role))
      throw new Forbidden('Only an owner changes who is an owner or an admin.');
    if (member.role === role) return;
    if (member.role === 'owner') await keepAnOwner(groupId, member.id);
    await rows('update memberships set role = $2 where id = $1', [member.id, role]);
    await note('role-changed', groupId, member, { from: member.role, to: role }, actor);
  });
}

/**
 * Takes a member out. `undone`: because of the link that they came by.
 * @throws NotFound, Forbidden, Conflict for the last owner
 */
export function removeMember(
  groupId: string,
  membershipId: string,
  removal: 'removed' | 'undone',
  actor: Actor,
): Promise<void> {
  return inTransaction(async () => {
    await holdGroup(groupId, 'change');
    const member = await memberOf(groupId, membershipId);
    const rights = await rightsIn(groupId, actor);
    if (!mayGive(rights, member.role)) throw new Forbidden('Only an owner takes owners and admins out.');
    if (removal === 'undone' && !mayAnswerLeak(rights))
      throw new Forbidden('Only an owner undoes what came by a link.');
    if (removal === 'undone' && member.linkId === null)
      throw new Conflict('This member didn’t come by a link.');
    await end(groupId, member, removal, actor);
  });
}

/** Leaves a group by one's own wish. @throws NotFound, Conflict for the last owner */
export function leaveGroup(groupId: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    await holdGroup(groupId, 'change');
    const accountId = actor.kind === 'account' ? actor.accountId : null;
    const own = await row<{ id: string }>(
      `select id from memberships where group_id = $1 and account_id = $2 and removed_at is null`,
      [groupId, accountId],
    );
    const member = await memberOf(groupId, own?.id ?? '');
    await end(groupId, member, 'left', actor);
  });
}

/** Takes a removal back. @throws NotFound, Forbidden, Conflict when they left themselves or are members again */
export async function restoreMember(groupId: string, membershipId: string, actor: Actor): Promise<void> {
  await inTransaction(async () => {
    await holdGroup(groupId, 'change');
    const former = await findRow(groupId, membershipId, 'removed_at is not null');
    if (!former) throw new NotFound('There is no such former member.');
    const rights = await rightsIn(groupId, actor);
    if (!mayGive(rights, former.role) || (former.removal === 'undone' && !mayAnswerLeak(rights)))
      throw new Forbidden('Only an owner takes this back.');
    if (former.removal === 'left')
      throw new Conflict('They left by their own wish. Invite them, if they want to come back.');
    await rows('update memberships set removed_at = null, removed_by = null, removal = null where id = $1', [
      former.id,
    ]);
    await note('restored', groupId, former, { removal: former.removal }, actor);
  }).catch((error: unknown) => {
    throw error instanceof UniqueConstraintError ? new Conflict('They are in the group again.') : error;
  });
}

async function end(groupId: string, member: Row, removal: Removal, actor: Actor): Promise<void> {
  if (member.role === 'owner') await keepAnOwner(groupId, member.id);
  const by = actor.kind === 'account' ? actor.accountId : null;
  await rows('update memberships set removed_at = now(), removed_by = $2, removal = $3 where id = $1', [
    member.id,
    by,
    removal,
  ]);
  await note(removal, groupId, member, {}, actor);
}

// Called while the group is held, so that owners who go at one moment follow each other.
async function keepAnOwner(groupId: string, leavingId: string): Promise<void> {
  const other = await row(
    `select 1 from memberships m join accounts a on a.id = m.account_id
     where m.group_id = $1 and m.id <> $2 and m.role = 'owner' and m.joined_at is not null and m.removed_at is null
       and a.suspended_at is null limit 1`,
    [groupId, leavingId],
  );
  if (!other) throw new LastOwner();
}

async function memberOf(groupId: string, membershipId: string): Promise<Row> {
  const member = await findRow(groupId, membershipId, 'joined_at is not null and removed_at is null');
  if (!member) throw new NotFound('There is no such member in this group.');
  return member;
}

async function findRow(groupId: string, membershipId: string, condition: string): Promise<Row | null> {
  if (!isId(membershipId)) return null;
  return row<Row>(
    `select id, account_id as "accountId", role, link_id as "linkId", removal from memberships
     where id = $1 and group_id = $2 and ${condition}`,
    [membershipId, groupId],
  );
}

function note(
  verb: 'restored' | 'role-changed' | Removal,
  groupId: string,
  { id: membershipId, accountId }: Row,
  more: Record<string, unknown>,
  actor: Actor,
): Promise<void> {
  const detail = { membershipId, accountId, ...more };
  return record(actor, { action: `membership.${verb}`, subject: 'group', subjectId: groupId, detail });
}
