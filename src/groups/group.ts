import {
  type CreationOptional,
  col,
  DataTypes,
  fn,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  Transaction,
  UniqueConstraintError,
} from 'sequelize';
import { Account } from '../accounts/account.ts';
import { type Actor, accountIdOf, recordEvent } from '../platform/audit/audit.ts';
import { database, inTransaction, NOW, queryRows } from '../platform/db/database.ts';
import { Conflict, InvalidInput, NotFound } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { isId } from '../platform/text/text.ts';

export const groupRoles = ['owner', 'admin', 'member'] as const;
export type GroupRole = (typeof groupRoles)[number];

/** Members with something in common, such as a chapter, a batch or a center. */
export class Group extends Model<InferAttributes<Group>, InferCreationAttributes<Group>> {
  declare id: CreationOptional<string>;
  declare name: string;
  declare description: string;
  declare createdAt: CreationOptional<Date>;
  declare createdBy: CreationOptional<string | null>;
  declare archivedAt: CreationOptional<Date | null>;
}

Group.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    name: DataTypes.TEXT,
    description: DataTypes.TEXT,
    createdAt: DataTypes.DATE,
    createdBy: DataTypes.BIGINT,
    archivedAt: DataTypes.DATE,
  },
  { sequelize: database, tableName: 'groups', scopes: { open: { where: { archivedAt: null } } } },
);
Group.belongsTo(Account, { as: 'creator', foreignKey: 'createdBy' });

export type GroupDetails = Readonly<{ name: string; description: string }>;

/** The groups that aren't archived, by name. */
export function listOpenGroups(): Promise<Group[]> {
  return Group.scope('open').findAll({
    order: [
      [fn('lower', col('name')), 'ASC'],
      ['id', 'ASC'],
    ],
  });
}

/** Finds a group, archived or not. Null for unknown and malformed ids. */
export async function findGroup(id: string): Promise<Group | null> {
  return isId(id) ? Group.findByPk(id) : null;
}

/** Like `findGroup`. @throws NotFound */
export async function getGroup(id: string): Promise<Group> {
  const group = await findGroup(id);
  if (!group) throw groupNotFound();
  return group;
}

/**
 * Locks a group until the transaction ends: exclusively for changes, shared for people who join, so that they don't wait
 * for each other.
 * @throws NotFound, Conflict if it is archived
 */
export async function lockGroup(id: string, purpose: 'change' | 'join'): Promise<Group> {
  const lock = purpose === 'change' ? Transaction.LOCK.UPDATE : Transaction.LOCK.SHARE;
  const group = isId(id) ? await Group.findByPk(id, { lock }) : null;
  if (!group) throw groupNotFound();
  if (group.archivedAt) throw new Conflict(t('groups:errors.archived', { name: group.name }));
  return group;
}

/** @throws InvalidInput if another open group has this name */
export function createGroup({ name, description }: GroupDetails, actor: Actor): Promise<Group> {
  return inTransaction(async () => {
    const createdBy = accountIdOf(actor);
    const group = await rejectTakenName(Group.create({ name, description, createdBy }));
    await recordGroupEvent('group.created', group.id, actor);
    return group;
  });
}

/** Changes a group's name and description. @throws NotFound, Conflict if it is archived, InvalidInput if the name is taken */
export function changeGroup(id: string, { name, description }: GroupDetails, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    const group = await lockGroup(id, 'change');
    const from = group.name;
    await rejectTakenName(group.update({ name, description }));
    await recordGroupEvent('group.changed', id, actor, { from, to: name });
  });
}

/** Archives a group and revokes its open links. Memberships stay. @throws NotFound, Conflict if it is archived already */
export function archiveGroup(id: string, actor: Actor): Promise<Group> {
  return inTransaction(async () => {
    const group = await lockGroup(id, 'change');
    await Group.update({ archivedAt: NOW }, { where: { id } });
    const revokedBy = accountIdOf(actor);
    const revoked = await queryRows<{ id: string }>(
      `update memberships set revoked_at = now(), revoked_by = $2, token_hash = null
       where group_id = $1 and token_hash is not null returning id`,
      [id, revokedBy],
    );
    const membershipIds = revoked.map((link) => link.id);
    await recordGroupEvent('group.archived', id, actor, { membershipIds });
    return group;
  });
}

/** Reopens an archived group. @throws NotFound, Conflict if it is open or another group has its name now */
export function reopenGroup(id: string, actor: Actor): Promise<Group> {
  return inTransaction(async () => {
    const group = isId(id) ? await Group.findByPk(id, { lock: true }) : null;
    if (!group) throw groupNotFound();
    if (!group.archivedAt) throw new Conflict(t('groups:errors.notArchived', { name: group.name }));
    await rejectTakenName(group.update({ archivedAt: null })).catch((error: unknown) => {
      throw error instanceof InvalidInput
        ? new Conflict(t('groups:errors.nameTakenSince', { name: group.name }))
        : error;
    });
    await recordGroupEvent('group.reopened', id, actor);
    return group;
  });
}

function groupNotFound(): NotFound {
  return new NotFound(t('groups:errors.noGroup'));
}

function rejectTakenName<Result>(change: Promise<Result>): Promise<Result> {
  return change.catch((error: unknown) => {
    throw error instanceof UniqueConstraintError
      ? new InvalidInput({ name: t('groups:errors.nameTaken') })
      : error;
  });
}

function recordGroupEvent(
  action: `group.${string}`,
  subjectId: string,
  actor: Actor,
  detail: Record<string, unknown> = {},
): Promise<void> {
  return recordEvent(actor, { action, subject: 'group', subjectId, detail });
}
