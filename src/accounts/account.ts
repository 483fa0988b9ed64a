import { createHash } from 'node:crypto';
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  UniqueConstraintError,
} from 'sequelize';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { database, inTransaction } from '../platform/db/database.ts';
import { Conflict } from '../platform/errors.ts';

export const staffRoles = ['support', 'admin'] as const;
export type StaffRole = (typeof staffRoles)[number];

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
  /** How often all sessions have ended, see `endSessions`. */
  declare securityVersion: CreationOptional<number>;
  /** As the person states it; the year of the record that is theirs counts more. */
  declare yearOfBirth: CreationOptional<number | null>;
  declare heldForReviewAt: CreationOptional<Date | null>;
  declare heldForReviewReason: CreationOptional<HoldReason | null>;
  declare holdLiftedAt: CreationOptional<Date | null>;
  /** When staff decided that the account belongs to no alumni record, and who did. */
  declare noRecordNeededAt: CreationOptional<Date | null>;
  declare noRecordNeededBy: CreationOptional<string | null>;
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
    securityVersion: DataTypes.INTEGER,
    yearOfBirth: DataTypes.INTEGER,
    heldForReviewAt: DataTypes.DATE,
    heldForReviewReason: DataTypes.TEXT,
    holdLiftedAt: DataTypes.DATE,
    noRecordNeededAt: DataTypes.DATE,
    noRecordNeededBy: DataTypes.BIGINT,
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
export async function createAccount(account: NewAccount, actor: Actor): Promise<Account> {
  try {
    const created = await Account.create(account, {
      fields: ['email', 'name', 'passwordHash', 'staffRole', 'yearOfBirth'],
    });
    const detail = { staffRole: account.staffRole };
    await recordEvent(actor, {
      action: 'account.created',
      subject: 'account',
      subjectId: created.id,
      detail,
    });
    return created;
  } catch (error) {
    if (error instanceof UniqueConstraintError)
      throw new Conflict('There is an account with this address already.');
    throw error;
  }
}

export function findAccount(id: string): Promise<Account | null> {
  return Account.findByPk(id);
}

export function findAccountByEmail(email: string): Promise<Account | null> {
  return Account.findOne({ where: { email } });
}

/**
 * What sessions and bearer tokens are given for: they end when any of it changes. What can change back, such as a role,
 * is no reason for them to work again: the version never does.
 */
export function securityStateOf(account: Account): string {
  const { passwordChangedAt, staffRole, twoStepEnabledAt, securityVersion } = account;
  const state = [passwordChangedAt, staffRole, twoStepEnabledAt, securityVersion];
  return createHash('sha256').update(JSON.stringify(state)).digest('base64url').slice(0, 22);
}

/** The account, unless it is suspended or its state is another by now. */
export async function findUnchangedAccount(id: string, state: string): Promise<Account | null> {
  const account = await Account.findByPk(id);
  return account && isUnchanged(account, state) ? account : null;
}

/**
 * Locks the account for a change that one of its sessions makes and survives. It must be as it was when the session was
 * let in, or a session that has just ended would go on.
 * @throws Conflict when it has changed since
 */
export async function lockUnchangedAccount(account: Account): Promise<Account> {
  const current = await Account.findByPk(account.id, { lock: true });
  if (current && isUnchanged(current, securityStateOf(account))) return current;
  throw new Conflict('Your account was changed a moment ago. Please open the page again.');
}

function isUnchanged(account: Account, state: string): boolean {
  return account.suspendedAt === null && securityStateOf(account) === state;
}

/** Sets a new password (already hashed, see `hashPassword`) and signs the account out everywhere. */
export async function setPassword(accountId: string, passwordHash: string, actor: Actor): Promise<void> {
  await Account.update({ passwordHash, passwordChangedAt: new Date() }, { where: { id: accountId } });
  await endSessions(accountId);
  await recordEvent(actor, { action: 'account.password-changed', subject: 'account', subjectId: accountId });
}

/**
 * The ids of those who are administrators now. Until the transaction ends they stay so: administrators who leave, or
 * change each other, at one moment follow each other.
 */
export async function lockAdmins(): Promise<string[]> {
  const admins = await Account.findAll({
    attributes: ['id'],
    where: { staffRole: 'admin', suspendedAt: null },
    order: ['id'],
    lock: true,
  });
  return admins.map(({ id }) => id);
}

/**
 * Signs the account out everywhere: all sessions, bearer tokens and unfinished sign-ins end, also those that begin for
 * what was proven before. Sessions keep what else they hold, such as an opened invitation.
 */
export async function endSessions(accountId: string): Promise<void> {
  await Account.increment('securityVersion', { where: { id: accountId } });
}

/** Notes a sign-in, for the account's own page and for the staff. */
export function recordSignIn(accountId: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    await Account.update({ lastSignedInAt: new Date() }, { where: { id: accountId } });
    await recordEvent(actor, { action: 'account.signed-in', subject: 'account', subjectId: accountId });
  });
}
