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
import { type Actor, recordEvent } from '../../platform/audit/audit.ts';
import { hashToken, signLinkToken } from '../../platform/crypto/signed-links.ts';
import { database, inTransaction, NOW, queryRow, queryRows } from '../../platform/db/database.ts';
import { InvalidInput, TooManyAttempts } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { queueMail } from '../../platform/mail/messages.ts';
import { isSameMailbox } from '../../platform/text/mailbox.ts';
import { newReference } from '../../platform/text/support-reference.ts';
import { Account, findAccountByEmail } from '../account.ts';
import type { ListedAccount } from '../account-list.ts';
import { administerAccount } from '../administration.ts';

/** How long the link to the new mailbox works: for a member who is waiting for it, and for someone staff write to. */
const VALIDITY_HOURS = { member: 24, staff: 7 * 24 };
const MAX_REQUESTS_PER_DAY = 5;
const DAY_S = 24 * 60 * 60;

/** A change of the address with which someone signs in. */
export class AddressChange extends Model<
  InferAttributes<AddressChange>,
  InferCreationAttributes<AddressChange>
> {
  /** Also the id of both links. */
  declare id: string;
  declare accountId: string;
  declare oldEmail: string;
  declare newEmail: string;
  /** Why staff change it. Null: the member asked for it. */
  declare reason: string | null;
  declare requestedAt: CreationOptional<Date>;
  declare expiresAt: Date;
  declare confirmTokenHash: Buffer;
  declare undoTokenHash: Buffer;
  declare confirmedAt: CreationOptional<Date | null>;
  declare cancelledAt: CreationOptional<Date | null>;
  declare undoneAt: CreationOptional<Date | null>;

  declare account?: NonAttribute<Account>;
}

AddressChange.init(
  {
    id: { type: DataTypes.UUID, primaryKey: true },
    accountId: DataTypes.BIGINT,
    oldEmail: DataTypes.CITEXT,
    newEmail: DataTypes.CITEXT,
    reason: DataTypes.TEXT,
    requestedAt: DataTypes.DATE,
    expiresAt: DataTypes.DATE,
    confirmTokenHash: DataTypes.BLOB,
    undoTokenHash: DataTypes.BLOB,
    confirmedAt: DataTypes.DATE,
    cancelledAt: DataTypes.DATE,
    undoneAt: DataTypes.DATE,
  },
  {
    sequelize: database,
    tableName: 'address_changes',
    scopes: { open: { where: { confirmedAt: null, cancelledAt: null, expiresAt: { [Op.gt]: NOW } } } },
  },
);
AddressChange.belongsTo(Account, { as: 'account', foreignKey: 'accountId' });

/**
 * Mails a link to a new address, which the member confirms while signed in. If the address already has an account, its
 * owner gets a mail instead; the answer is the same.
 * @throws InvalidInput if the address is the present one or a guardian's, TooManyAttempts after five requests in a day
 */
export function requestAddressChange(account: Account, newEmail: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    await requireNewAddress(account, newEmail);
    const { count = 0 } =
      (await queryRow<{ count: number }>(
        `select count(*)::int as count from address_changes
         where account_id = $1 and reason is null and requested_at > now() - interval '1 day'`,
        [account.id],
      )) ?? {};
    if (count >= MAX_REQUESTS_PER_DAY) throw new TooManyAttempts(DAY_S);
    const change = await createChange(account, newEmail, null);
    const isTaken = (await findAccountByEmail(newEmail)) !== null;
    await queueMail({
      ...mailTo(change, newEmail),
      template: isTaken ? 'address-taken' : 'address-change',
      isRequested: true,
    });
    await recordEvent(actor, {
      action: 'account.address-change-requested',
      subject: 'account',
      subjectId: account.id,
    });
  });
}

/**
 * Staff change someone's address, for example because the old mailbox is lost. The new mailbox gets the link that confirms
 * it, the old one a link that stops it.
 * @throws InvalidInput if the address can't be used; Forbidden, Conflict as for all administration of accounts
 */
export function changeAddressByStaff(
  accountId: string,
  { email, reason }: Readonly<{ email: string; reason: string }>,
  actor: Actor,
): Promise<ListedAccount> {
  return administerAccount(accountId, actor, async (account) => {
    await requireNewAddress(account, email);
    if (await findAccountByEmail(email)) throw new InvalidInput({ email: t('accounts:errors.addressTaken') });
    const change = await createChange(account, email, reason);
    await queueMail({ ...mailTo(change, email), template: 'address-change', isRequested: true });
    await queueMail({ ...mailTo(change, account.email), template: 'address-change-announced' });
    return { action: 'account.address-change-started', notice: null, detail: { reason } };
  });
}

/** The change that waits for its confirmation, or null. */
export function findOpenAddressChange(accountId: string): Promise<AddressChange | null> {
  return AddressChange.scope('open').findOne({ where: { accountId } });
}

export function mailTo({ id, accountId }: AddressChange, to: string) {
  return { to, subjectId: id, accountId, reference: newReference() };
}

async function requireNewAddress(
  { id, email }: { id: string; email: string },
  newEmail: string,
): Promise<void> {
  if (newEmail.toLowerCase() === email.toLowerCase())
    throw new InvalidInput({ email: t('accounts:address.errors.same') });
  const guardians = await queryRows<{ email: string }>(
    `select g.email from guardians g join profiles p on p.id = g.profile_id
     where p.account_id = $1 and p.relationship = 'self' and g.superseded_at is null`,
    [id],
  );
  if (guardians.some((guardian) => isSameMailbox(guardian.email, newEmail)))
    throw new InvalidInput({ email: t('accounts:address.errors.guardians') });
}

async function createChange(
  { id: accountId, email: oldEmail }: { id: string; email: string },
  newEmail: string,
  reason: string | null,
): Promise<AddressChange> {
  await AddressChange.update(
    { cancelledAt: NOW },
    { where: { accountId, confirmedAt: null, cancelledAt: null } },
  );
  const id = randomUUID();
  const hours = VALIDITY_HOURS[reason === null ? 'member' : 'staff'];
  return AddressChange.create({
    id,
    accountId,
    oldEmail,
    newEmail,
    reason,
    expiresAt: new Date(Date.now() + hours * 60 * 60 * 1000),
    confirmTokenHash: hashToken(signLinkToken('address-change', id)),
    undoTokenHash: hashToken(signLinkToken('address-undo', id)),
  });
}
