import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  Op,
} from 'sequelize';
import { type Actor, recordEvent } from '../audit/audit.ts';
import { database, inTransaction, NOW } from '../db/database.ts';
import { enqueue } from '../jobs/queue.ts';
import { log } from '../log.ts';
import { Message } from './messages.ts';

/** One row: sending is paused while the mail server rejects our sign-in or sender address. */
export class MailPause extends Model<InferAttributes<MailPause>, InferCreationAttributes<MailPause>> {
  declare onlyRow: CreationOptional<boolean>;
  declare pausedAt: CreationOptional<Date | null>;
  declare reason: CreationOptional<string | null>;
}

MailPause.init(
  {
    onlyRow: { type: DataTypes.BOOLEAN, primaryKey: true },
    pausedAt: DataTypes.DATE,
    reason: DataTypes.TEXT,
  },
  { sequelize: database, tableName: 'mail_pause' },
);

const whilePaused = { pausedAt: { [Op.ne]: null } };

export function findMailPause(): Promise<MailPause | null> {
  return MailPause.findOne({ where: whilePaused });
}

/** Pauses all sending. The first reason is kept until the pause ends. */
export async function pauseMail(reason: string): Promise<void> {
  const [paused] = await MailPause.update({ pausedAt: NOW, reason }, { where: { pausedAt: null } });
  if (paused > 0)
    log.error({ reason }, 'the mail server rejects us: sending is paused until it accepts mail again');
}

/** Makes the worker probe the mail server now instead of within a minute. */
export function probeMailServer(actor: Actor): Promise<void> {
  return inTransaction(async () => {
    await enqueue('maintain-outbox', {}, { key: 'maintain-outbox' });
    await recordEvent(actor, { action: 'mail.connection-retried', subject: 'mail', subjectId: 'server' });
  });
}

/** When the mail server last accepted a mail. */
export async function findLastSentAt(): Promise<Date | null> {
  return Message.max('sentAt');
}

export async function resumeMail(): Promise<void> {
  const [ended] = await MailPause.update({ pausedAt: null, reason: null }, { where: whilePaused });
  if (ended > 0) log.info('the mail server accepts mail again');
}
