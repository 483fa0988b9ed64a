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
import { t } from '../platform/i18n/i18n.ts';

export const staffRoles = ['support', 'admin'] as const;
export type StaffRole = (typeof staffRoles)[number];

/** Why an account is held for review: see `findHoldReason`. */
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
  /** As chosen by the person. Null: see `language_of` in the database. */
  declare language: CreationOptional<string | null>;
  declare createdAt: CreationOptional<Date>;
  declare suspendedAt: CreationOptional<Date | null>;
  declare suspendedReason: CreationOptional<string | null>;
  declare lastSignedInAt: CreationOptional<Date | null>;
  declare passwordChangedAt: CreationOptional<Date>;
  declare twoStepEnabledAt: CreationOptional<Date | null>;
  /** Incremented to end all sessions: see `endSessions`. */
  declare securityVersion: CreationOptional<number>;
  /** As stated by the person. The year on their own alumni record takes precedence. */
  declare yearOfBirth: CreationOptional<number | null>;
  declare heldForReviewAt: CreationOptional<Date | null>;
  declare heldForReviewReason: CreationOptional<HoldReason | null>;
  declare holdLiftedAt: CreationOptional<Date | null>;
  /** Since when the person agrees to be shown to members of the same batch: see `alumni/classmates.ts`. */
  declare shownToClassmatesAt: CreationOptional<Date | null>;
  /** When staff decided that this account needs no alumni record. */
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
    language: DataTypes.TEXT,
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
    shownToClassmatesAt: DataTypes.DATE,
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
  /** Null if a record already has it, or if the account is created from the command line. */
  yearOfBirth?: number | null;
  language?: string | null;
}>;

/** @throws Conflict if the address already has an account */
export async function createAccount(account: NewAccount, actor: Actor): Promise<Account> {
  try {
    const created = await Account.create(account, {
      fields: ['email', 'name', 'passwordHash', 'staffRole', 'yearOfBirth', 'language'],
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
    if (error instanceof UniqueConstraintError) throw new Conflict(t('accounts:errors.addressTaken'));
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
 * A hash of the account's password date, role, two-step state and security version. Sessions and bearer tokens carry
 * it and stop working when it changes. A role can change back, but the version only grows, so old sessions never revive.
 */
export function securityStateOf(account: Account): string {
  const { passwordChangedAt, staffRole, twoStepEnabledAt, securityVersion } = account;
  const state = [passwordChangedAt, staffRole, twoStepEnabledAt, securityVersion];
  return createHash('sha256').update(JSON.stringify(state)).digest('base64url').slice(0, 22);
}

/** Finds an account, unless it is suspended or its security state has changed. */
export async function findUnchangedAccount(id: string, state: string): Promise<Account | null> {
  const account = await Account.findByPk(id);
  return account && isUnchanged(account, state) ? account : null;
}

/**
 * Locks an account before one of its sessions changes it and continues. Without the check, a session that has just been
 * ended could continue too.
 * @throws Conflict if the security state has changed since `account` was read
 */
export async function lockUnchangedAccount(account: Account): Promise<Account> {
  const current = await Account.findByPk(account.id, { lock: true });
  if (current && isUnchanged(current, securityStateOf(account))) return current;
  throw new Conflict(t('accounts:errors.changed'));
}

function isUnchanged(account: Account, state: string): boolean {
  return account.suspendedAt === null && securityStateOf(account) === state;
}

/** Sets a new password, hashed with `hashPassword`, and signs the account out everywhere. */
export async function setPassword(accountId: string, passwordHash: string, actor: Actor): Promise<void> {
  await Account.update({ passwordHash, passwordChangedAt: new Date() }, { where: { id: accountId } });
  await endSessions(accountId);
  await recordEvent(actor, { action: 'account.password-changed', subject: 'account', subjectId: accountId });
}

/**
 * Locks all active administrators until the transaction ends, so that concurrent changes can't remove the last one.
 * @returns their account ids
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
 * Signs the account out everywhere: ends its sessions, bearer tokens and unfinished sign-ins. Other session data, such
 * as an opened invitation, is kept.
 */
export async function endSessions(accountId: string): Promise<void> {
  await Account.increment('securityVersion', { where: { id: accountId } });
}

/** Records a sign-in on the account and in the audit. */
export function recordSignIn(accountId: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    await Account.update({ lastSignedInAt: new Date() }, { where: { id: accountId } });
    await recordEvent(actor, { action: 'account.signed-in', subject: 'account', subjectId: accountId });
  });
}
