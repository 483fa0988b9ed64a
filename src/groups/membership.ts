import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type NonAttribute,
  Op,
  UniqueConstraintError,
} from 'sequelize';
import { Account } from '../accounts/account.ts';
import { type Actor, accountIdOf, recordEvent } from '../platform/audit/audit.ts';
import { database, inTransaction, NOW } from '../platform/db/database.ts';
import { Conflict, Forbidden, NotFound } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { isId } from '../platform/text/text.ts';
import { Group, type GroupRole, lockGroup } from './group.ts';
import { canAssignRole, canRespondToLeak, getActorRights } from './rights.ts';

/** Why a membership ended: the member left, was removed, or had joined by a leaked link (`undone`). */
export type RemovalReason = 'left' | 'removed' | 'undone';

/** An account in a group or, without an account, an open one-time link. */
export class Membership extends Model<InferAttributes<Membership>, InferCreationAttributes<Membership>> {
  declare id: CreationOptional<string>;
  declare groupId: string;
  declare accountId: CreationOptional<string | null>;
  declare role: GroupRole;
  declare createdAt: CreationOptional<Date>;
  declare invitedBy: CreationOptional<string | null>;
  declare invitationId: CreationOptional<string | null>;
  declare linkId: CreationOptional<string | null>;
  declare tokenHash: CreationOptional<Buffer | null>;
  declare expiresAt: CreationOptional<Date | null>;
  declare revokedAt: CreationOptional<Date | null>;
  declare revokedBy: CreationOptional<string | null>;
  declare joinedAt: CreationOptional<Date | null>;
  declare removedAt: CreationOptional<Date | null>;
  declare removedBy: CreationOptional<string | null>;
  declare removalReason: CreationOptional<RemovalReason | null>;
  /** Derived by the database. */
  declare status: CreationOptional<'PENDING' | 'ACTIVE'>;

  declare group?: NonAttribute<Group>;
  declare account?: NonAttribute<Account>;
}

Membership.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    groupId: DataTypes.BIGINT,
    accountId: DataTypes.BIGINT,
    role: DataTypes.TEXT,
    createdAt: DataTypes.DATE,
    invitedBy: DataTypes.BIGINT,
    invitationId: DataTypes.BIGINT,
    linkId: DataTypes.UUID,
    tokenHash: DataTypes.BLOB,
    expiresAt: DataTypes.DATE,
    revokedAt: DataTypes.DATE,
    revokedBy: DataTypes.BIGINT,
    joinedAt: DataTypes.DATE,
    removedAt: DataTypes.DATE,
    removedBy: DataTypes.BIGINT,
    removalReason: DataTypes.TEXT,
    status: DataTypes.TEXT,
  },
  {
    sequelize: database,
    tableName: 'memberships',
    scopes: { current: { where: { joinedAt: { [Op.ne]: null }, removedAt: null } } },
  },
);
Membership.belongsTo(Group, { as: 'group', foreignKey: 'groupId' });
Membership.belongsTo(Account, { as: 'account', foreignKey: 'accountId' });
Membership.belongsTo(Account, { as: 'inviter', foreignKey: 'invitedBy' });

class LastOwner extends Conflict {
  override readonly title = t('groups:errors.lastOwnerTitle');
  // Relative, because the pages of members and of staff have different paths.
  override readonly actions = [{ label: t('groups:errors.goBack'), url: './' }];

  constructor() {
    super(t('groups:errors.lastOwner'));
  }
}

/** Changes a member's role. @throws NotFound, Forbidden, Conflict for the last owner or an archived group */
export function changeMemberRole(
  groupId: string,
  membershipId: string,
  role: GroupRole,
  actor: Actor,
): Promise<void> {
  return inTransaction(async () => {
    await lockGroup(groupId, 'change');
    const member = await getCurrentMembership(groupId, membershipId);
    const rights = await getActorRights(groupId, actor);
    if (!canAssignRole(rights, member.role) || !canAssignRole(rights, role))
      throw new Forbidden(t('groups:errors.roleOfManager'));
    if (member.role === role) return;
    if (member.role === 'owner') await ensureOwnerRemains(groupId, member.id);
    const from = member.role;
    await member.update({ role });
    await recordMembershipEvent('role-changed', groupId, member, { from, to: role }, actor);
  });
}

/**
 * Removes a member.
 * @throws NotFound, Forbidden, Conflict for the last owner or an archived group, and if `undone` is given for a member who
 *   didn't join by a link
 */
export function removeMember(
  groupId: string,
  membershipId: string,
  removalReason: 'removed' | 'undone',
  actor: Actor,
): Promise<void> {
  return inTransaction(async () => {
    await lockGroup(groupId, 'change');
    const member = await getCurrentMembership(groupId, membershipId);
    const rights = await getActorRights(groupId, actor);
    if (!canAssignRole(rights, member.role)) throw new Forbidden(t('groups:errors.removeManager'));
    if (removalReason === 'undone' && !canRespondToLeak(rights))
      throw new Forbidden(t('groups:errors.leakByOwner'));
    if (removalReason === 'undone' && member.linkId === null)
      throw new Conflict(t('groups:errors.notByLink'));
    await endMembership(groupId, member, removalReason, actor);
  });
}

/** Ends the actor's own membership. @throws NotFound, Conflict for the last owner or an archived group */
export function leaveGroup(groupId: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    await lockGroup(groupId, 'change');
    const accountId = accountIdOf(actor);
    const member = await Membership.scope('current').findOne({ where: { groupId, accountId } });
    if (!member) throw memberNotFound();
    await endMembership(groupId, member, 'left', actor);
  });
}

/** Undoes a removal. @throws NotFound, Forbidden, Conflict if the person left or is a member again */
export async function restoreMember(groupId: string, membershipId: string, actor: Actor): Promise<void> {
  await inTransaction(async () => {
    await lockGroup(groupId, 'change');
    const where = { id: membershipId, groupId, removedAt: { [Op.ne]: null } };
    const membership = isId(membershipId) ? await Membership.findOne({ where }) : null;
    if (!membership) throw new NotFound(t('groups:errors.noFormerMember'));
    const rights = await getActorRights(groupId, actor);
    if (
      !canAssignRole(rights, membership.role) ||
      (membership.removalReason === 'undone' && !canRespondToLeak(rights))
    )
      throw new Forbidden(t('groups:errors.restoreByOwner'));
    if (membership.removalReason === 'left') throw new Conflict(t('groups:errors.leftByChoice'));
    const { removalReason } = membership;
    await membership.update({ removedAt: null, removedBy: null, removalReason: null });
    await recordMembershipEvent('restored', groupId, membership, { removalReason }, actor);
  }).catch((error: unknown) => {
    throw error instanceof UniqueConstraintError ? new Conflict(t('groups:errors.alreadyBack')) : error;
  });
}

async function endMembership(
  groupId: string,
  member: Membership,
  removalReason: RemovalReason,
  actor: Actor,
): Promise<void> {
  if (member.role === 'owner') await ensureOwnerRemains(groupId, member.id);
  const removedBy = accountIdOf(actor);
  await Membership.update({ removedAt: NOW, removedBy, removalReason }, { where: { id: member.id } });
  await recordMembershipEvent(removalReason, groupId, member, {}, actor);
}

// The caller has locked the group, so owners who leave at the same time are checked one after the other.
async function ensureOwnerRemains(groupId: string, leavingId: string): Promise<void> {
  const other = await Membership.scope('current').findOne({
    where: { groupId, role: 'owner', id: { [Op.ne]: leavingId } },
    include: { association: 'account', where: { suspendedAt: null }, required: true },
  });
  if (!other) throw new LastOwner();
}

async function getCurrentMembership(groupId: string, membershipId: string): Promise<Membership> {
  const where = { id: membershipId, groupId };
  const member = isId(membershipId) ? await Membership.scope('current').findOne({ where }) : null;
  if (!member) throw memberNotFound();
  return member;
}

function memberNotFound(): NotFound {
  return new NotFound(t('groups:errors.noMember'));
}

function recordMembershipEvent(
  verb: 'restored' | 'role-changed' | RemovalReason,
  groupId: string,
  { id: membershipId, accountId }: Membership,
  extraDetail: Record<string, unknown>,
  actor: Actor,
): Promise<void> {
  const detail = { membershipId, accountId, ...extraDetail };
  return recordEvent(actor, { action: `membership.${verb}`, subject: 'group', subjectId: groupId, detail });
}
