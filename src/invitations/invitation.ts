import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type NonAttribute,
} from 'sequelize';
import { Account, type StaffRole } from '../accounts/account.ts';
import { Group, type GroupRole } from '../groups/group.ts';
import { database, isInTransaction } from '../platform/db/database.ts';
import { NotFound } from '../platform/errors.ts';
import { isId } from '../platform/text/text.ts';
import type { DeliveryState } from './filter.ts';
import { type InvitationStatus, statusOf } from './status.ts';

export const declineReasons = ['rather-not', 'not-me', 'stop', 'deceased'] as const;
export type DeclineReason = (typeof declineReasons)[number];
/** How a link reaches the person: we mail it, or whoever invited them shares it. */
export const deliveryMethods = ['mail', 'link'] as const;
export type DeliveryMethod = (typeof deliveryMethods)[number];

/** Permission for one address to register. Its links are secret, it is not. */
export class Invitation extends Model<InferAttributes<Invitation>, InferCreationAttributes<Invitation>> {
  declare id: CreationOptional<string>;
  declare reference: string;
  declare email: string;
  declare message: string | null;
  declare staffRole: StaffRole | null;
  declare groupId: CreationOptional<string | null>;
  declare groupRole: CreationOptional<GroupRole | null>;
  declare groupInvitedBy: CreationOptional<string | null>;
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
  /** When somebody said that they are too young. */
  declare ageBlockedAt: CreationOptional<Date | null>;
  declare invitedBy: string | null;
  declare campaignId: CreationOptional<string | null>;
  declare replacedBy: CreationOptional<string | null>;
  /** Whose address the register says it is; empty when it knows nobody. Kept by the database, as are the two below. */
  declare name: CreationOptional<string>;
  declare batch: CreationOptional<number | null>;
  declare center: CreationOptional<string | null>;
  /** What became of the mail with the link: set by the database when the message is. */
  declare deliveredAt: CreationOptional<Date | null>;
  declare bouncedAt: CreationOptional<Date | null>;
  declare failedAt: CreationOptional<Date | null>;
  declare droppedAt: CreationOptional<Date | null>;
  /** When a person, not a mail scanner, first opened it. */
  declare openedAt: CreationOptional<Date | null>;
  /** Whether the newest link was given to somebody to pass on, instead of being mailed. */
  declare linkShared: CreationOptional<boolean>;
  /** When the worker saw that it had expired; another expiry empties it and the two below. */
  declare expiryRecordedAt: CreationOptional<Date | null>;
  declare remindedAt: CreationOptional<Date | null>;
  declare expiryRemindedAt: CreationOptional<Date | null>;
  /** Derived by the database, see `statusSql`. */
  declare stage: CreationOptional<number>;
  /** Derived by the database. */
  declare delivery: CreationOptional<DeliveryState>;

  declare inviter?: NonAttribute<Account | null>;
  declare revoker?: NonAttribute<Account | null>;
  /** Whose account it led to. */
  declare member?: NonAttribute<Account | null>;
  declare group?: NonAttribute<Group | null>;
  /** Declared with the campaigns, which know of invitations. */
  declare campaign?: NonAttribute<Readonly<{ id: string; name: string }> | null>;

  get status(): NonAttribute<InvitationStatus> {
    return statusOf(this);
  }

  /** Neither accepted, revoked nor declined: it can be sent again. */
  get isOpen(): NonAttribute<boolean> {
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
    groupId: DataTypes.BIGINT,
    groupRole: DataTypes.TEXT,
    groupInvitedBy: DataTypes.BIGINT,
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
    ageBlockedAt: DataTypes.DATE,
    invitedBy: DataTypes.BIGINT,
    campaignId: DataTypes.BIGINT,
    replacedBy: DataTypes.BIGINT,
    name: DataTypes.TEXT,
    batch: DataTypes.INTEGER,
    center: DataTypes.TEXT,
    deliveredAt: DataTypes.DATE,
    bouncedAt: DataTypes.DATE,
    failedAt: DataTypes.DATE,
    droppedAt: DataTypes.DATE,
    openedAt: DataTypes.DATE,
    linkShared: DataTypes.BOOLEAN,
    expiryRecordedAt: DataTypes.DATE,
    remindedAt: DataTypes.DATE,
    expiryRemindedAt: DataTypes.DATE,
    stage: DataTypes.SMALLINT,
    delivery: DataTypes.TEXT,
  },
  {
    sequelize: database,
    tableName: 'invitations',
    scopes: { open: { where: { acceptedAt: null, revokedAt: null, declinedAt: null } } },
  },
);
Invitation.belongsTo(Account, { as: 'inviter', foreignKey: 'invitedBy' });
Invitation.belongsTo(Account, { as: 'revoker', foreignKey: 'revokedBy' });
Invitation.belongsTo(Account, { as: 'member', foreignKey: 'acceptedBy' });
Invitation.belongsTo(Group, { as: 'group', foreignKey: 'groupId' });

/** @throws NotFound for what is no id of an invitation */
export async function getInvitation(id: string): Promise<Invitation> {
  const found = isId(id) ? await Invitation.findByPk(id, { lock: isInTransaction() }) : null;
  if (!found) throw new NotFound('There is no such invitation.');
  return found;
}

/** Those of these ids that there are. */
export async function listInvitationsById(ids: readonly string[]): Promise<Map<string, Invitation>> {
  const found = await Invitation.findAll({ where: { id: [...ids] } });
  return new Map(found.map((invitation) => [invitation.id, invitation]));
}

/** The invitation of an address that is neither accepted, revoked nor declined; there is at most one. */
export function findOpenInvitation(email: string): Promise<Invitation | null> {
  return Invitation.scope('open').findOne({ where: { email }, lock: isInTransaction() });
}

/** The newest invitations of an address, of whatever status. */
export function listInvitationsForAddress(email: string): Promise<Invitation[]> {
  return Invitation.findAll({ where: { email }, order: [['id', 'DESC']], limit: 10 });
}
