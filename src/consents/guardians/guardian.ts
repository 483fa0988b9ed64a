import { randomUUID } from 'node:crypto';
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type NonAttribute,
} from 'sequelize';
import { Account } from '../../accounts/account.ts';
import { Profile } from '../../alumni/profile.ts';
import { database, NOW, queryRow } from '../../platform/db/database.ts';
import { Consent } from '../consent.ts';
import { PROFILE_ACCESS_SQL, type ProfileAccess } from '../profile-access.ts';

/** Why staff review a guardian's address before we write to it: see `checkGuardianAddress`. */
export type GuardianHoldReason = 'minors-address' | 'previously-refused';

/** The person responsible for a minor's profile. `id` is also the id of the guardian's secret link. */
export class Guardian extends Model<InferAttributes<Guardian>, InferCreationAttributes<Guardian>> {
  declare id: string;
  declare profileId: string;
  declare name: string;
  declare email: string;
  /** The parent's account; null for a guardian who has only the link. */
  declare accountId: CreationOptional<string | null>;
  declare isSecond: CreationOptional<boolean>;
  declare requestedAt: CreationOptional<Date>;
  /** The IP address of the minor who named them. */
  declare requestedFromIp: CreationOptional<string | null>;
  declare reminders: CreationOptional<number>;
  declare renewalRequestedAt: CreationOptional<Date | null>;
  /** When we asked them, a day after consenting, to confirm that it was them. */
  declare confirmationRequestedAt: CreationOptional<Date | null>;
  declare heldForReviewAt: CreationOptional<Date | null>;
  declare heldForReviewReason: CreationOptional<GuardianHoldReason | null>;
  /** When staff rejected the address. */
  declare rejectedAt: CreationOptional<Date | null>;
  /** When they asked us to erase the minor's data. */
  declare erasureRequestedAt: CreationOptional<Date | null>;
  /** When another guardian was named, or staff rejected the address. */
  declare supersededAt: CreationOptional<Date | null>;

  /** Neither superseded nor held for review. */
  get isContactable(): NonAttribute<boolean> {
    return this.supersededAt === null && this.heldForReviewAt === null;
  }
}

Guardian.init(
  {
    id: { type: DataTypes.UUID, primaryKey: true },
    profileId: DataTypes.BIGINT,
    name: DataTypes.TEXT,
    email: DataTypes.CITEXT,
    accountId: DataTypes.BIGINT,
    isSecond: DataTypes.BOOLEAN,
    requestedAt: DataTypes.DATE,
    requestedFromIp: DataTypes.INET,
    reminders: DataTypes.INTEGER,
    renewalRequestedAt: DataTypes.DATE,
    confirmationRequestedAt: DataTypes.DATE,
    heldForReviewAt: DataTypes.DATE,
    heldForReviewReason: DataTypes.TEXT,
    rejectedAt: DataTypes.DATE,
    erasureRequestedAt: DataTypes.DATE,
    supersededAt: DataTypes.DATE,
  },
  {
    sequelize: database,
    tableName: 'guardians',
    scopes: {
      current: { where: { supersededAt: null } },
      contactable: { where: { supersededAt: null, heldForReviewAt: null } },
    },
  },
);
Guardian.belongsTo(Profile, { as: 'profile', foreignKey: 'profileId' });
Guardian.belongsTo(Account, { as: 'account', foreignKey: 'accountId' });

/** `hold`: why staff review the address first; null if we can write to it. */
export type NamedGuardian = Readonly<{ name: string; email: string; hold: GuardianHoldReason | null }>;

/** Finds a guardian by link id, superseded or not. Null if the profile was deleted. */
export function findGuardian(id: string): Promise<Guardian | null> {
  return Guardian.findByPk(id);
}

/** A profile's current guardians: the first, then the second. */
export function listCurrentGuardians(profileId: string): Promise<Guardian[]> {
  return Guardian.scope('current').findAll({ where: { profileId }, order: [['isSecond', 'ASC']] });
}

/** The most recently named first guardian, even if staff rejected the address. */
export function findLastNamedGuardian(profileId: string): Promise<Guardian | null> {
  return Guardian.findOne({
    where: { profileId, isSecond: false },
    order: [
      ['requestedAt', 'DESC'],
      ['supersededAt', 'DESC NULLS FIRST'],
    ],
  });
}

/** The guardian's minor, with the effective decision. Null if the profile was deleted. */
export function findProfileAccess(guardian: Pick<Guardian, 'profileId'>): Promise<ProfileAccess | null> {
  return queryRow<ProfileAccess>(`${PROFILE_ACCESS_SQL} where p.id = $1`, [guardian.profileId]);
}

/** Whether a guardian has ever consented. Such a guardian can't be replaced. */
export async function hasEverConsented(guardianId: string): Promise<boolean> {
  return (await Consent.count({ where: { guardianId, decision: ['granted', 'renewed'] } })) > 0;
}

/** Whether a guardian was ever named for the account's own profile. */
export async function hasNamedGuardian(accountId: string): Promise<boolean> {
  const profile = { association: 'profile', where: { accountId, relationship: 'self' }, required: true };
  return (await Guardian.count({ include: profile })) > 0;
}

/** Locks a profile until the transaction ends, so that decisions about it are made one after the other. */
export async function lockProfile(profileId: string): Promise<void> {
  await Profile.findByPk(profileId, { attributes: ['id'], lock: true });
}

/**
 * Stores a guardian and supersedes the previous first (or second) one.
 * @param named `accountId`: of a parent who claims the child; `requestedFromIp`: of the minor who named the guardian
 * @returns the new guardian's id
 */
export async function nameGuardian(
  profileId: string,
  named: NamedGuardian &
    Readonly<{ isSecond?: boolean; accountId?: string; requestedFromIp?: string | null }>,
): Promise<string> {
  const { name, email, hold, isSecond = false, accountId = null, requestedFromIp = null } = named;
  await Guardian.scope('current').update({ supersededAt: NOW }, { where: { profileId, isSecond } });
  const id = randomUUID();
  await Guardian.create({ id, profileId, name, email, isSecond, accountId, requestedFromIp });
  if (hold !== null)
    await Guardian.update({ heldForReviewAt: NOW, heldForReviewReason: hold }, { where: { id } });
  return id;
}
