import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  Op,
} from 'sequelize';
import { database } from '../../platform/db/database.ts';
import type { SkipReason } from '../operation.ts';

/** An invitation that a bulk action applies to. After the action, only the skipped ones are kept. */
export class BulkActionTarget extends Model<
  InferAttributes<BulkActionTarget>,
  InferCreationAttributes<BulkActionTarget>
> {
  declare bulkActionId: string;
  declare invitationId: string;
  /** Why it was skipped. */
  declare skipReason: CreationOptional<SkipReason | null>;
}

BulkActionTarget.init(
  {
    bulkActionId: { type: DataTypes.BIGINT, primaryKey: true },
    invitationId: { type: DataTypes.BIGINT, primaryKey: true },
    skipReason: DataTypes.TEXT,
  },
  { sequelize: database, tableName: 'bulk_action_targets' },
);

/** The ids of the target invitations after `last`, in order. */
export async function listTargetIdsAfter(
  last: string,
  bulkActionId: string,
  limit: number,
): Promise<string[]> {
  const targets = await BulkActionTarget.findAll({
    attributes: ['invitationId'],
    where: { bulkActionId, invitationId: { [Op.gt]: last } },
    order: ['invitationId'],
    limit,
    raw: true,
  });
  return targets.map(({ invitationId }) => invitationId);
}
