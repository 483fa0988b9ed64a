import {
  type Attributes,
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { database, queryRows } from '../db/database.ts';
import { enqueue } from '../jobs/queue.ts';

/** What is to be written to whom. `template` is a `MailTemplate`'s name, `subjectId` what it fills itself from. */
export type NewMail = Readonly<{
  template: string;
  /** One address in its stored spelling, see `normaliseAddress`. */
  to: string;
  subjectId: string;
  reference: string;
  invitationId?: string;
  accountId?: string;
  /** The person has just asked for it: it goes even to an address that bounced. */
  isRequested?: boolean;
}>;

export type DeliveryStatus = 'queued' | 'sent' | 'bounced' | 'failed' | 'dropped';

/** One outgoing mail and what became of it. It holds no link and no code. */
export class Message extends Model<InferAttributes<Message>, InferCreationAttributes<Message>> {
  declare id: CreationOptional<string>;
  declare template: string;
  declare recipient: string;
  declare subjectId: string;
  declare invitationId: CreationOptional<string | null>;
  declare accountId: CreationOptional<string | null>;
  declare reference: string;
  declare queuedAt: CreationOptional<Date>;
  declare sentAt: CreationOptional<Date | null>;
  declare bouncedAt: CreationOptional<Date | null>;
  declare failedAt: CreationOptional<Date | null>;
  /** It was no longer due when its turn came. */
  declare droppedAt: CreationOptional<Date | null>;
  declare attempts: CreationOptional<number>;
  declare lastError: CreationOptional<string | null>;
  /** The person has just asked for it: it goes even to an address that bounced. */
  declare isRequested: CreationOptional<boolean>;
  /** Derived by the database. */
  declare deliveryStatus: CreationOptional<DeliveryStatus>;
}

Message.init(
  {
    id: { type: DataTypes.UUID, primaryKey: true, defaultValue: DataTypes.UUIDV4 },
    template: DataTypes.TEXT,
    recipient: DataTypes.CITEXT,
    subjectId: DataTypes.TEXT,
    invitationId: DataTypes.BIGINT,
    accountId: DataTypes.BIGINT,
    reference: DataTypes.TEXT,
    queuedAt: DataTypes.DATE,
    sentAt: DataTypes.DATE,
    bouncedAt: DataTypes.DATE,
    failedAt: DataTypes.DATE,
    droppedAt: DataTypes.DATE,
    attempts: DataTypes.INTEGER,
    lastError: DataTypes.TEXT,
    isRequested: DataTypes.BOOLEAN,
    deliveryStatus: DataTypes.TEXT,
  },
  {
    sequelize: database,
    tableName: 'messages',
    scopes: { queued: { where: { sentAt: null, bouncedAt: null, failedAt: null, droppedAt: null } } },
  },
);

/** A message as lists and statements have it. */
export type MessageRow = Attributes<Message>;

/** Tries before a mail counts as failed: about a day and a half. */
export const MAX_SEND_ATTEMPTS = 14;

/** The scope `queued` for statements. */
export const IS_QUEUED = `sent_at is null and bounced_at is null and failed_at is null and dropped_at is null`;

/** Queues a mail in the caller's transaction: it commits together with what it tells of, or not at all. */
export async function queueMail(mail: NewMail): Promise<string> {
  const { to: recipient, ...rest } = mail;
  const { id } = await Message.create({ recipient, ...rest });
  await enqueueSend(id);
  return id;
}

/** `queueMail` for many mails of one template about invitations, in one statement: thousands at a time. */
export async function queueMails(
  template: string,
  mails: readonly Readonly<
    { to: string; subjectId: string; reference: string; invitationId: string } & Pick<NewMail, 'isRequested'>
  >[],
): Promise<void> {
  if (mails.length === 0) return;
  await queryRows(
    `with made as (
       insert into messages (template, recipient, subject_id, reference, invitation_id, is_requested)
       select $1, given.* from unnest($2::citext[], $3::text[], $4::text[], $5::bigint[], $7::boolean[]) as given
       returning id)
     select count(*) from graphile_worker.add_jobs(array(
       select ('send-message', json_build_object('messageId', id), null, null, $6, 'message:' || id, null, null)
         ::graphile_worker.job_spec from made))`,
    [
      template,
      mails.map(({ to }) => to),
      mails.map(({ subjectId }) => subjectId),
      mails.map(({ reference }) => reference),
      mails.map(({ invitationId }) => invitationId),
      MAX_SEND_ATTEMPTS,
      mails.map(({ isRequested = false }) => isRequested),
    ],
  );
}

/** The job that sends a message; by its key a message never has two. */
export function enqueueSend(messageId: string): Promise<void> {
  const options = { key: `message:${messageId}`, maxAttempts: MAX_SEND_ATTEMPTS };
  return enqueue('send-message', { messageId }, options);
}

/** Derived from the dated facts, here and in the column `delivery_status` that lists are filtered by. */
export function deliveryStatusOf(message: MessageRow): DeliveryStatus {
  if (message.sentAt) return 'sent';
  if (message.bouncedAt) return 'bounced';
  if (message.failedAt) return 'failed';
  return message.droppedAt ? 'dropped' : 'queued';
}

/** All mails about an invitation, oldest first. */
export function listInvitationMessages(invitationId: string): Promise<Message[]> {
  return Message.findAll({ where: { invitationId }, order: ['queuedAt', 'id'] });
}

/** The newest mails to an address, newest first. */
export function listMessagesTo(recipient: string): Promise<Message[]> {
  return Message.findAll({ where: { recipient }, order: [['queuedAt', 'DESC']], limit: 50 });
}
