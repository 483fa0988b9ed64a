import { randomUUID } from 'node:crypto';
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type NonAttribute,
  Op,
} from 'sequelize';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { hashToken, signLinkToken } from '../platform/crypto/signed-links.ts';
import { database, inTransaction, NOW, queryRow, queryRows } from '../platform/db/database.ts';
import { BadRequest, HomecomingError, type PageAction } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { enqueue } from '../platform/jobs/queue.ts';
import { queueMail } from '../platform/mail/messages.ts';
import { newReference } from '../platform/text/support-reference.ts';
import { Account, findAccountByEmail, setPassword } from './account.ts';
import { hashPassword } from './password.ts';

const VALIDITY_HOURS = 2;
const MAX_RESETS_PER_HOUR = 3;

/** A secret link to choose a new password, which works once. */
export class PasswordReset extends Model<
  InferAttributes<PasswordReset>,
  InferCreationAttributes<PasswordReset>
> {
  /** Also the id of the secret link. */
  declare id: string;
  declare accountId: string;
  declare tokenHash: Buffer;
  declare createdAt: CreationOptional<Date>;
  declare expiresAt: Date;
  declare usedAt: CreationOptional<Date | null>;

  declare account?: NonAttribute<Account>;
}

PasswordReset.init(
  {
    id: { type: DataTypes.UUID, primaryKey: true },
    accountId: DataTypes.BIGINT,
    tokenHash: DataTypes.BLOB,
    createdAt: DataTypes.DATE,
    expiresAt: DataTypes.DATE,
    usedAt: DataTypes.DATE,
  },
  {
    sequelize: database,
    tableName: 'password_resets',
    scopes: { open: { where: { usedAt: null, expiresAt: { [Op.gt]: NOW } } } },
  },
);
PasswordReset.belongsTo(Account, { as: 'account', foreignKey: 'accountId' });

export const newResetLinkActions = (): PageAction[] => [
  { label: t('sign-in:resetPassword.newLink'), url: '/forgot-password' },
];

export class ResetLinkUsedOrExpired extends HomecomingError {
  override readonly status = 410;
  override readonly title = t('sign-in:resetPassword.unusable');
  override readonly actions = newResetLinkActions();
}

export class InvalidResetLink extends BadRequest {
  override readonly title = t('sign-in:resetPassword.invalid');
  override readonly actions = newResetLinkActions();
}

/** A password reset that can still be redeemed, and its account. */
export type OpenPasswordReset = Readonly<{ reset: PasswordReset; account: Account }>;

/** Queues a job that mails the link, so that known and unknown addresses get the same response in the same time. */
export function requestPasswordReset(email: string): Promise<void> {
  return inTransaction(() => enqueue('mail-password-reset', { email }));
}

/** The job: mails a link if the address has an account that isn't suspended, at most three times an hour. */
export function mailPasswordReset(email: string): Promise<void> {
  return inTransaction(async () => {
    const account = await findAccountByEmail(email);
    if (!account || account.suspendedAt !== null) return;
    const recent = await queryRow<{ count: number }>(
      `select count(*)::int as count from password_resets
       where account_id = $1 and created_at > now() - interval '1 hour'`,
      [account.id],
    );
    if ((recent?.count ?? 0) >= MAX_RESETS_PER_HOUR) return;
    const id = randomUUID();
    await queryRows(
      `insert into password_resets (id, account_id, token_hash, expires_at)
       values ($1, $2, $3, now() + make_interval(hours => $4))`,
      [id, account.id, hashToken(signLinkToken('password-reset', id)), VALIDITY_HOURS],
    );
    await queueMail({
      template: 'password-reset',
      isRequested: true,
      to: account.email,
      subjectId: id,
      accountId: account.id,
      reference: newReference(),
    });
    await recordEvent(
      { kind: 'system' },
      { action: 'account.password-reset-requested', subject: 'account', subjectId: account.id },
    );
  });
}

/** Finds a password reset, unless it was used, has expired, or its account is suspended. */
export async function findOpenPasswordReset(id: string): Promise<OpenPasswordReset | null> {
  const include = { association: 'account', where: { suspendedAt: null } };
  const reset = await PasswordReset.scope('open').findOne({ where: { id }, include });
  return reset?.account ? { reset, account: reset.account } : null;
}

/** @throws ResetLinkUsedOrExpired, also if the link is unknown */
export async function getOpenPasswordReset(resetId: string): Promise<OpenPasswordReset> {
  const open = await findOpenPasswordReset(resetId);
  if (!open) throw new ResetLinkUsedOrExpired(t('sign-in:resetPassword.unusableText'));
  return open;
}

/**
 * Redeems a password reset: sets the password, ends all sessions and revokes the account's other resets.
 * @throws ResetLinkUsedOrExpired if another request redeemed it first
 */
export async function redeemPasswordReset(
  { reset, account }: OpenPasswordReset,
  password: string,
  actor: Actor,
): Promise<void> {
  const passwordHash = await hashPassword(password);
  await inTransaction(async () => {
    const [redeemed] = await PasswordReset.scope('open').update({ usedAt: NOW }, { where: { id: reset.id } });
    if (redeemed === 0) throw new ResetLinkUsedOrExpired(t('sign-in:resetPassword.justUsedText'));
    await revokePasswordResets(account.id);
    await setPassword(account.id, passwordHash, actor);
    await queueMail({
      template: 'password-changed',
      to: account.email,
      subjectId: account.id,
      accountId: account.id,
      reference: newReference(),
    });
  });
}

/** Revokes all open password resets of an account. */
export async function revokePasswordResets(accountId: string): Promise<void> {
  await PasswordReset.update({ usedAt: NOW }, { where: { accountId, usedAt: null } });
}
