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

/** One row: while the mail server refuses us, no mail is sent until it takes one again. */
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

/** The pause that there is now, if any. */
export function findMailPause(): Promise<MailPause | null> {
  return MailPause.findOne({ where: whilePaused });
}

/** Pauses all sending. The first reason stays until the pause ends. */
export async function pauseMail(reason: string): Promise<void> {
  const [paused] = await MailPause.update({ pausedAt: NOW, reason }, { where: { pausedAt: null } });
  if (paused > 0) log.error({ reason }, 'the mail server refuses us: no mail is sent until that is mended');
}

/** Lets the worker try the mail server at once, instead of within the minute. */
export function probeMailServer(actor: Actor): Promise<void> {
  return inTransaction(async () => {
    await enqueue('maintain-outbox', {}, { key: 'maintain-outbox' });
    await recordEvent(actor, { action: 'mail.connection-retried', subject: 'mail', subjectId: 'server' });
  });
}

/** When a mail server last took a mail of ours. */
export async function findLastSentAt(): Promise<Date | null> {
  return Message.max('sentAt');
}

export async function resumeMail(): Promise<void> {
  const [ended] = await MailPause.update({ pausedAt: null, reason: null }, { where: whilePaused });
  if (ended > 0) log.info('the mail server takes mail again');
}
