import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type NonAttribute,
} from 'sequelize';
import { Account } from '../../accounts/account.ts';
import { database } from '../../platform/db/database.ts';
import { NotFound } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { isId } from '../../platform/text/text.ts';
import type { InvitationFilter } from '../filter.ts';

export type BulkActionType = 'resend' | 'extend' | 'revoke';

/** One action on many invitations, and its progress. */
export class BulkAction extends Model<InferAttributes<BulkAction>, InferCreationAttributes<BulkAction>> {
  declare id: CreationOptional<string>;
  declare type: BulkActionType;
  /** The filter that all of them match; null if single ones were selected. */
  declare filter: CreationOptional<InvitationFilter | null>;
  declare reason: CreationOptional<string | null>;
  declare days: CreationOptional<number | null>;
  declare createdBy: CreationOptional<string | null>;
  declare ip: CreationOptional<string | null>;
  declare requestId: CreationOptional<string | null>;
  declare createdAt: CreationOptional<Date>;
  /** This and `total` are null until the targets are stored. */
  declare startedAt: CreationOptional<Date | null>;
  declare finishedAt: CreationOptional<Date | null>;
  declare total: CreationOptional<number | null>;
  declare done: CreationOptional<number>;
  declare skipped: CreationOptional<number>;
  /** Chunks are processed in order of id. Everything up to this one is processed. */
  declare lastInvitationId: CreationOptional<string>;

  declare creator?: NonAttribute<Account | null>;
}

BulkAction.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    type: DataTypes.TEXT,
    filter: DataTypes.JSONB,
    reason: DataTypes.TEXT,
    days: DataTypes.INTEGER,
    createdBy: DataTypes.BIGINT,
    ip: DataTypes.INET,
    requestId: DataTypes.TEXT,
    createdAt: DataTypes.DATE,
    startedAt: DataTypes.DATE,
    finishedAt: DataTypes.DATE,
    total: DataTypes.INTEGER,
    done: DataTypes.INTEGER,
    skipped: DataTypes.INTEGER,
    lastInvitationId: DataTypes.BIGINT,
  },
  { sequelize: database, tableName: 'bulk_actions' },
);
BulkAction.belongsTo(Account, { as: 'creator', foreignKey: 'createdBy' });

/** With the name of its `creator`. @throws NotFound */
export async function getBulkAction(id: string): Promise<BulkAction> {
  const include = { association: 'creator', attributes: ['name'] };
  const bulkAction = isId(id) ? await BulkAction.findByPk(id, { include }) : null;
  if (!bulkAction) throw new NotFound(t('invitations:bulk.notFound'));
  return bulkAction;
}
