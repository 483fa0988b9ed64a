import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type NonAttribute,
  type Transaction,
} from 'sequelize';
import type { StaffRole } from '../accounts/account.ts';
import { database } from '../database.ts';
import { NotFound } from '../errors.ts';
import { type InvitationStatus, statusOf } from './status.ts';

export type DeclineReason = 'not-me' | 'stop' | 'deceased';
export type Delivery = 'mail' | 'link';

/** Permission for one address to register. Its links are secret, it is not. */
export class Invitation extends Model<InferAttributes<Invitation>, InferCreationAttributes<Invitation>> {
  declare id: CreationOptional<string>;
  declare reference: string;
  declare email: string;
  declare message: string | null;
  declare staffRole: StaffRole | null;
  declare validityDays: number;
  declare createdAt: CreationOptional<Date>;
  declare expiresAt: Date;
  declare acceptedAt: CreationOptional<Date | null>;
  declare acceptedBy: CreationOptional<string | null>;
  declare revokedAt: CreationOptional<Date | null>;
  declare revokedBy: CreationOptional<string | null>;
  declare revokedReason: CreationOptional<string | null>;
  declare declinedAt: CreationOptional<Date | null>;
  declare declinedReason: CreationOptional<DeclineReason | null>;
  declare invitedBy: string | null;
  declare replacedBy: CreationOptional<string | null>;

  get status(): NonAttribute<InvitationStatus> {
    return statusOf(this);
  }

  /** Neither accepted, revoked nor declined: it can be sent again. */
  get open(): NonAttribute<boolean> {
    return this.status === 'pending' || this.status === 'expired';
  }
}

Invitation.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    reference: DataTypes.TEXT,
    email: DataTypes.CITEXT,
    message: DataTypes.TEXT,
    staffRole: DataTypes.TEXT,
    validityDays: DataTypes.INTEGER,
    createdAt: DataTypes.DATE,
    expiresAt: DataTypes.DATE,
    acceptedAt: DataTypes.DATE,
    acceptedBy: DataTypes.BIGINT,
    revokedAt: DataTypes.DATE,
    revokedBy: DataTypes.BIGINT,
    revokedReason: DataTypes.TEXT,
    declinedAt: DataTypes.DATE,
    declinedReason: DataTypes.TEXT,
    invitedBy: DataTypes.BIGINT,
    replacedBy: DataTypes.BIGINT,
  },
  { sequelize: database, tableName: 'invitations' },
);

/** @throws NotFound for what is no id of an invitation */
export async function invitationById(id: string, transaction?: Transaction): Promise<Invitation> {
  const lock = transaction ? { transaction, lock: transaction.LOCK.UPDATE } : {};
  const found = /^[1-9]\d{0,17}$/.test(id) ? await Invitation.findByPk(id, lock) : null;
  if (!found) throw new NotFound('There is no such invitation.');
  return found;
}

/** The invitation of an address that is neither accepted, revoked nor declined; there is at most one. */
export function openInvitationFor(email: string, transaction?: Transaction): Promise<Invitation | null> {
  const where = { email, acceptedAt: null, revokedAt: null, declinedAt: null };
  const lock = transaction ? { transaction, lock: transaction.LOCK.UPDATE } : {};
  return Invitation.findOne({ where, ...lock });
}
