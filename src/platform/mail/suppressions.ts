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
import { isId } from '../text/text.ts';

export const suppressionKinds = ['deceased', 'complained', 'unsubscribed', 'bounced'] as const;
export type SuppressionKind = (typeof suppressionKinds)[number];

/** Why we don't write to an address. Lifting it keeps the row: the next one is a new row. */
export class Suppression extends Model<InferAttributes<Suppression>, InferCreationAttributes<Suppression>> {
  declare id: CreationOptional<string>;
  declare email: string;
  declare kind: SuppressionKind;
  declare createdAt: CreationOptional<Date>;
  /** Null where it follows from mail, or a person said so without an account. */
  declare createdBy: CreationOptional<string | null>;
  /** The mail server's words, or what a person gave as the reason. */
  declare reason: CreationOptional<string | null>;
  declare invitationId: CreationOptional<string | null>;
  /** The mail that was refused while we sent it; null for one that came back later, which the next one proves nothing about. */
  declare messageId: CreationOptional<string | null>;
  declare liftedAt: CreationOptional<Date | null>;
  declare liftedBy: CreationOptional<string | null>;
  declare liftedReason: CreationOptional<string | null>;
}

Suppression.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    email: DataTypes.CITEXT,
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

/** Stops mail to some addresses. What is in force already stays as it is. */
export function suppress(list: readonly NewSuppression[], actor: Actor): Promise<void> {
  return inTransaction(async () => {
    const created = await queryRows<{ id: string; kind: SuppressionKind }>(
      `insert into suppressions (email, kind, reason, invitation_id, message_id, created_by)
       select given.*, $6::bigint
       from unnest($1::citext[], $2::text[], $3::text[], $4::bigint[], $5::uuid[]) as given
       on conflict (email, kind) where lifted_at is null do nothing returning id, kind`,
      [
        list.map(({ email }) => email),
        list.map(({ kind }) => kind),
        list.map(({ reason }) => reason?.slice(0, 500) ?? null),
        list.map(({ invitationId }) => invitationId ?? null),
        list.map(({ messageId }) => messageId ?? null),
        accountIdOf(actor),
      ],
    );
    const subjects = created.map(({ id, kind }) => ({ subjectId: id, detail: { kind } }));
    await recordEvents(actor, { action: 'suppression.created', subject: 'suppression' }, subjects);
  });
}

/** @throws NotFound, also for what is no id */
export async function getSuppression(id: string): Promise<Suppression> {
  const found = isId(id) ? await Suppression.findByPk(id, { lock: isInTransaction() }) : null;
  if (!found) throw new NotFound('There is no such suppression.');
  return found;
}

/** Lets mail go to an address again. @throws NotFound, Conflict when it is lifted already */
export function liftSuppression(id: string, reason: string | null, actor: Actor): Promise<Suppression> {
  return inTransaction(async () => {
    const suppression = await getSuppression(id);
    if (suppression.liftedAt) throw new Conflict('Mail to this address is allowed again already.');
    await markLifted([suppression], reason, actor);
    return suppression;
  });
}

/** Lifts what an address is suppressed for, of these kinds: because the person asked to hear from us again, or mail arrived. */
export function liftSuppressions(
  email: string,
  kinds: readonly SuppressionKind[],
  reason: string,
  actor: Actor,
): Promise<void> {
  return inTransaction(async () => {
    const found = await Suppression.scope('active').findAll({
      where: { email, kind: [...kinds] },
      lock: true,
    });
    await markLifted(found, reason, actor);
  });
}

/** A mail got through to an address that a mail server had refused. */
export function liftBounces(email: string): Promise<void> {
  return inTransaction(async () => {
    const where = { email, kind: 'bounced' as const, messageId: { [Op.ne]: null } };
    const found = await Suppression.scope('active').findAll({ where, lock: true });
    await markLifted(found, 'A mail to this address was accepted.', { kind: 'system' });
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

/** What is in force for an address, the most serious first. */
export async function listActiveSuppressions(email: string): Promise<Suppression[]> {
  const found = await Suppression.scope('active').findAll({ where: { email } });
  return found.sort(
    (one, other) => suppressionKinds.indexOf(one.kind) - suppressionKinds.indexOf(other.kind),
  );
}

/**
 * The suppression that stops a mail, if one does. Those who unsubscribed or complained get no invitations; a bounced address
 * gets only what the person has just asked for; somebody who has died gets nothing.
 */
export async function findBlockingSuppression(
  email: string,
  mail: Readonly<{ isInvitation: boolean; isRequested: boolean }>,
): Promise<Suppression | null> {
  const stops = ({ kind }: Suppression) => {
    if (kind === 'deceased') return true;
    return kind === 'bounced' ? !mail.isRequested : mail.isInvitation;
  };
  return (await listActiveSuppressions(email)).find(stops) ?? null;
}
