import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  Op,
} from 'sequelize';
import { type Actor, accountIdOf, recordEvents } from '../audit/audit.ts';
import { database, inTransaction, isInTransaction, NOW, queryRows } from '../db/database.ts';
import { Conflict, NotFound } from '../errors.ts';
import { officeText, t } from '../i18n/i18n.ts';
import { cut, isId } from '../text/text.ts';
import { addressMac, addressMacs } from './address-mac.ts';

export const suppressionKinds = ['deceased', 'complained', 'unsubscribed', 'bounced'] as const;
export type SuppressionKind = (typeof suppressionKinds)[number];

/** Why we don't write to an address. Lifting keeps the row; a later suppression is a new row. */
export class Suppression extends Model<InferAttributes<Suppression>, InferCreationAttributes<Suppression>> {
  declare id: CreationOptional<string>;
  /** Null if the person was erased: then only `emailMac` is known. */
  declare email: CreationOptional<string | null>;
  /** See `addressMac`. */
  declare emailMac: CreationOptional<Buffer | null>;
  declare kind: SuppressionKind;
  declare createdAt: CreationOptional<Date>;
  /** Null if caused by mail, or by a person without an account. */
  declare createdBy: CreationOptional<string | null>;
  /** The mail server's response, or the reason that a person gave. */
  declare reason: CreationOptional<string | null>;
  declare invitationId: CreationOptional<string | null>;
  /** The mail that was rejected while sending; null if it bounced later, as then an accepted mail proves nothing. */
  declare messageId: CreationOptional<string | null>;
  declare liftedAt: CreationOptional<Date | null>;
  declare liftedBy: CreationOptional<string | null>;
  declare liftedReason: CreationOptional<string | null>;
}

Suppression.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    email: DataTypes.CITEXT,
    emailMac: DataTypes.BLOB,
    kind: DataTypes.TEXT,
    createdAt: DataTypes.DATE,
    createdBy: DataTypes.BIGINT,
    reason: DataTypes.TEXT,
    invitationId: DataTypes.BIGINT,
    messageId: DataTypes.UUID,
    liftedAt: DataTypes.DATE,
    liftedBy: DataTypes.BIGINT,
    liftedReason: DataTypes.TEXT,
  },
  {
    sequelize: database,
    tableName: 'suppressions',
    scopes: { active: { where: { liftedAt: null } } },
  },
);

export type NewSuppression = Readonly<{
  email: string;
  kind: SuppressionKind;
  reason?: string | null;
  invitationId?: string | null;
  messageId?: string | null;
}>;

/** Suppresses addresses. Existing active suppressions of the same kind are kept. */
export function suppress(list: readonly NewSuppression[], actor: Actor): Promise<void> {
  return inTransaction(async () => {
    const created = await queryRows<{ id: string; kind: SuppressionKind }>(
      `insert into suppressions (email, kind, reason, invitation_id, message_id, created_by)
       select input.*, $6::bigint
       from unnest($1::citext[], $2::text[], $3::text[], $4::bigint[], $5::uuid[]) as input
       on conflict (email, kind) where lifted_at is null do nothing returning id, kind`,
      [
        list.map(({ email }) => email),
        list.map(({ kind }) => kind),
        list.map(({ reason }) => (reason ? cut(reason, 500) : null)),
        list.map(({ invitationId }) => invitationId ?? null),
        list.map(({ messageId }) => messageId ?? null),
        accountIdOf(actor),
      ],
    );
    const subjects = created.map(({ id, kind }) => ({ subjectId: id, detail: { kind } }));
    await recordEvents(actor, { action: 'suppression.created', subject: 'suppression' }, subjects);
  });
}

/** Locks the row inside a transaction. @throws NotFound, also for an invalid id */
export async function getSuppression(id: string): Promise<Suppression> {
  const found = isId(id) ? await Suppression.findByPk(id, { lock: isInTransaction() }) : null;
  if (!found) throw new NotFound(t('mail:errors.suppressionNotFound'));
  return found;
}

/** Lifts one suppression. @throws NotFound, or Conflict if it is already lifted */
export function liftSuppression(id: string, reason: string | null, actor: Actor): Promise<Suppression> {
  return inTransaction(async () => {
    const suppression = await getSuppression(id);
    if (suppression.liftedAt) throw new Conflict(t('mail:errors.alreadyLifted'));
    await markLifted([suppression], reason, actor);
    return suppression;
  });
}

/** Lifts an address's active suppressions of the given kinds. */
export function liftSuppressions(
  email: string,
  kinds: readonly SuppressionKind[],
  reason: string,
  actor: Actor,
): Promise<void> {
  return inTransaction(async () => {
    const found = await Suppression.scope('active').findAll({
      where: { ...ofAddress(email), kind: [...kinds] },
      lock: true,
    });
    await markLifted(found, reason, actor);
  });
}

/** Lifts bounces after a mail to the address was accepted, except bounces that were reported later. */
export function liftBounces(email: string): Promise<void> {
  return inTransaction(async () => {
    const where = { ...ofAddress(email), kind: 'bounced' as const, messageId: { [Op.ne]: null } };
    const found = await Suppression.scope('active').findAll({ where, lock: true });
    await markLifted(found, officeText('mail:stored.accepted'), { kind: 'system' });
  });
}

async function markLifted(list: readonly Suppression[], reason: string | null, actor: Actor): Promise<void> {
  if (list.length === 0) return;
  const liftedBy = accountIdOf(actor);
  await Suppression.update(
    { liftedAt: NOW, liftedBy, liftedReason: reason },
    { where: { id: list.map(({ id }) => id) } },
  );
  const subjects = list.map(({ id, kind }) => ({ subjectId: id, detail: { kind, reason } }));
  await recordEvents(actor, { action: 'suppression.lifted', subject: 'suppression' }, subjects);
}

/** Lists an address's active suppressions, most serious first. */
export async function listActiveSuppressions(email: string): Promise<Suppression[]> {
  const found = await Suppression.scope('active').findAll({ where: ofAddress(email) });
  return found.sort(
    (left, right) => suppressionKinds.indexOf(left.kind) - suppressionKinds.indexOf(right.kind),
  );
}

/**
 * Finds the suppression that blocks a mail, or null. `unsubscribed` and `complained` block invitations, `bounced` blocks
 * everything that the person hasn't just requested, `deceased` blocks everything.
 */
export async function findBlockingSuppression(
  email: string,
  mail: Readonly<{ isInvitation: boolean; isRequested: boolean }>,
): Promise<Suppression | null> {
  const isBlocking = ({ kind }: Suppression) => {
    if (kind === 'deceased') return true;
    return kind === 'bounced' ? !mail.isRequested : mail.isInvitation;
  };
  return (await listActiveSuppressions(email)).find(isBlocking) ?? null;
}

/**
 * Lists the active suppressions of erased people, of whom only an HMAC of the address is kept.
 * @returns them by address in lower case
 */
export async function listErasedSuppressions(
  emails: readonly string[],
): Promise<Map<string, Pick<Suppression, 'kind' | 'createdAt'>[]>> {
  const byMac = new Map(
    emails.flatMap((email) => addressMacs(email).map((mac) => [mac.toString('hex'), email.toLowerCase()])),
  );
  const found = await queryRows<{ mac: string; kind: SuppressionKind; createdAt: Date }>(
    `select encode(email_mac, 'hex') as mac, kind, created_at from suppressions
     where lifted_at is null and email_mac = any(select decode(unnest($1::text[]), 'hex'))`,
    [[...byMac.keys()]],
  );
  const byAddress = new Map<string, Pick<Suppression, 'kind' | 'createdAt'>[]>();
  for (const { mac, ...suppression } of found) {
    const address = byMac.get(mac) ?? '';
    byAddress.set(address, [...(byAddress.get(address) ?? []), suppression]);
  }
  return byAddress;
}

/** Replaces an address by its HMAC in its active suppressions, and deletes the others. */
export async function eraseSuppressedAddress(email: string): Promise<void> {
  await queryRows(
    `delete from suppressions s where s.email = $1 and (s.lifted_at is not null or exists (
       select from suppressions erased where erased.email_mac = any(select decode(unnest($2::text[]), 'hex'))
         and erased.kind = s.kind and erased.lifted_at is null))`,
    [email, addressMacs(email).map((mac) => mac.toString('hex'))],
  );
  await Suppression.update({ email: null, emailMac: addressMac(email), reason: null }, { where: { email } });
}

/** The suppressions of an address, also those that were kept when a person with it was erased. */
function ofAddress(email: string) {
  return { [Op.or]: [{ email }, { emailMac: addressMacs(email) }] };
}
