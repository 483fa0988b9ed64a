import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Transaction,
  UniqueConstraintError,
} from 'sequelize';
import { type Actor, record } from '../audit/audit.ts';
import { database, inTransaction, rows } from '../database.ts';
import { Conflict } from '../errors.ts';

export type StaffRole = 'support' | 'admin';

/** Why an account waits for a decision of the staff, see `review.ts`. */
export type HoldReason =
  | 'minors-address'
  | 'unlikely-year'
  | 'changed-year'
  | 'minor-without-record'
  | 'too-young';

/** A person who can sign in. */
export class Account extends Model<InferAttributes<Account>, InferCreationAttributes<Account>> {
  declare id: CreationOptional<string>;
  declare email: string;
  declare name: string;
  declare passwordHash: string;
  declare staffRole: CreationOptional<StaffRole | null>;
  declare createdAt: CreationOptional<Date>;
  declare suspendedAt: CreationOptional<Date | null>;
  declare suspendedReason: CreationOptional<string | null>;
  declare lastSignedInAt: CreationOptional<Date | null>;
  declare passwordChangedAt: CreationOptional<Date>;
  declare twoStepEnabledAt: CreationOptional<Date | null>;
  /** When it was last signed out everywhere at once. */
  declare signedOutAt: CreationOptional<Date | null>;
  /** As the person states it; the year of the record that is theirs counts more. */
  declare yearOfBirth: CreationOptional<number | null>;
  declare heldForReviewAt: CreationOptional<Date | null>;
  declare heldForReviewReason: CreationOptional<HoldReason | null>;
  declare holdLiftedAt: CreationOptional<Date | null>;
}

Account.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    email: DataTypes.CITEXT,
    name: DataTypes.TEXT,
    passwordHash: DataTypes.TEXT,
    staffRole: DataTypes.TEXT,
    createdAt: DataTypes.DATE,
    suspendedAt: DataTypes.DATE,
    suspendedReason: DataTypes.TEXT,
    lastSignedInAt: DataTypes.DATE,
    passwordChangedAt: DataTypes.DATE,
    twoStepEnabledAt: DataTypes.DATE,
    signedOutAt: DataTypes.DATE,
    yearOfBirth: DataTypes.INTEGER,
    heldForReviewAt: DataTypes.DATE,
    heldForReviewReason: DataTypes.TEXT,
    holdLiftedAt: DataTypes.DATE,
  },
  { sequelize: database, tableName: 'accounts' },
);

export type NewAccount = Readonly<{
  email: string;
  name: string;
  passwordHash: string;
  staffRole: StaffRole | null;
  /** Null where it isn't asked: a record tells it, or the account is made by a command. */
  yearOfBirth?: number | null;
}>;

/** Makes an account. @throws Conflict when the address has one */
export async function createAccount(
  account: NewAccount,
  actor: Actor,
  transaction: Transaction,
): Promise<Account> {
  try {
    const created = await Account.create(account, {
      transaction,
      fields: ['email', 'name', 'passwordHash', 'staffRole', 'yearOfBirth'],
    });
    const detail = { staffRole: account.staffRole };
    await record(
      actor,
      { action: 'account.created', subject: 'account', subjectId: created.id, detail },
      transaction,
    );
    return created;
  } catch (error) {
    if (error instanceof UniqueConstraintError)
      throw new Conflict('There is an account with this address already.');
    throw error;
  }
}

export function accountById(id: string): Promise<Account | null> {
  return Account.findByPk(id);
}

export function accountWithAddress(email: string, transaction?: Transaction): Promise<Account | null> {
  return Account.findOne({ where: { email }, transaction: transaction ?? null });
}

/** Sets a new password (already hashed, see `hashPassword`) and signs the account out everywhere. */
export async function changePassword(
  accountId: string,
  passwordHash: string,
  actor: Actor,
  transaction: Transaction,
): Promise<void> {
  await Account.update(
    { passwordHash, passwordChangedAt: new Date() },
    { where: { id: accountId }, transaction },
  );
  await endSessions(accountId, transaction);
  await record(
    actor,
    { action: 'account.password-changed', subject: 'account', subjectId: accountId },
    transaction,
  );
}

/**
 * The ids of those who are administrators now. Until the transaction ends they stay so: administrators who leave, or
 * change each other, at one moment follow each other.
 */
export async function lockAdmins(transaction: Transaction): Promise<string[]> {
  const admins = await rows<{ id: string }>(
    `select id from accounts where staff_role = 'admin' and suspended_at is null order by id for update`,
    [],
    transaction,
  );
  return admins.map(({ id }) => id);
}

/** Signs the account out everywhere. */
export async function endSessions(accountId: string, transaction: Transaction): Promise<void> {
  await rows(`delete from sessions where sess #>> '{passport,user}' = $1`, [accountId], transaction);
  await endAccessTokens(accountId, transaction);
}

/** Whatever programs hold for the account is void from now on. */
export async function endAccessTokens(accountId: string, transaction: Transaction): Promise<void> {
  await Account.update({ signedOutAt: new Date() }, { where: { id: accountId }, transaction });
}

/** Notes a sign-in, for the account's own page and for the staff. */
export function noteSignIn(accountId: string, actor: Actor): Promise<void> {
  return inTransaction(async (transaction) => {
    await Account.update({ lastSignedInAt: new Date() }, { where: { id: accountId }, transaction });
    await record(
      actor,
      { action: 'account.signed-in', subject: 'account', subjectId: accountId },
      transaction,
    );
  });
}
