import { row, rows } from '../database.ts';
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
}>;

/** One outgoing mail and what became of it. */
export type Message = Readonly<{
  id: string;
  template: string;
  recipient: string;
  subjectId: string;
  reference: string;
  queuedAt: Date;
  sentAt: Date | null;
  bouncedAt: Date | null;
  failedAt: Date | null;
  droppedAt: Date | null;
  attempts: number;
  lastError: string | null;
}>;

export type MailDelivery = 'waiting' | 'sent' | 'bounced' | 'failed' | 'dropped';

/** Tries before a mail counts as failed: about a day and a half. */
export const MOST_ATTEMPTS = 14;

export const MESSAGE_COLUMNS = `id, template, recipient, subject_id, reference,
  queued_at, sent_at, bounced_at, failed_at,
  dropped_at, attempts, last_error`;

export const STILL_WAITING = `sent_at is null and bounced_at is null and failed_at is null and dropped_at is null`;

/** Queues a mail in the caller's transaction: it commits together with what it tells of, or not at all. */
export async function queueMail(mail: NewMail): Promise<string> {
  const { template, to, subjectId, reference, invitationId = null, accountId = null } = mail;
  const [created] = await rows<{ id: string }>(
    `insert into messages (template, recipient, subject_id, reference, invitation_id, account_id)
     values ($1, $2, $3, $4, $5, $6) returning id`,
    [template, to, subjectId, reference, invitationId, accountId],
  );
  if (!created) throw new Error('the message was not stored');
  await queueSending(created.id);
  return created.id;
}

/** `queueMail` for many mails of one template about invitations, in one statement: thousands at a time. */
export async function queueMails(
  template: string,
  mails: readonly Readonly<{ to: string; subjectId: string; reference: string; invitationId: string }>[],
): Promise<void> {
  if (mails.length === 0) return;
  await rows(
    `with made as (
       insert into messages (template, recipient, subject_id, reference, invitation_id)
       select $1, given.* from unnest($2::citext[], $3::text[], $4::text[], $5::bigint[]) as given
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
      MOST_ATTEMPTS,
    ],
  );
}

/** The job that sends a message; by its key a message never has two. */
export function queueSending(messageId: string): Promise<void> {
  const options = { key: `message:${messageId}`, maxAttempts: MOST_ATTEMPTS };
  return enqueue('send-message', { messageId }, options);
}

/** Derived from the dated facts, here and in the column `delivery` that lists are filtered by. */
export function deliveryOf(message: Message): MailDelivery {
  if (message.sentAt) return 'sent';
  if (message.bouncedAt) return 'bounced';
  if (message.failedAt) return 'failed';
  return message.droppedAt ? 'dropped' : 'waiting';
}

/** All mails about an invitation, oldest first. */
export function messagesOfInvitation(invitationId: string): Promise<Message[]> {
  return rows<Message>(
    `select ${MESSAGE_COLUMNS} from messages where invitation_id = $1 order by queued_at, id`,
    [invitationId],
  );
}

/** The newest mails to an address, newest first. */
export function messagesTo(address: string): Promise<Message[]> {
  return rows<Message>(
    `select ${MESSAGE_COLUMNS} from messages where recipient = $1 order by queued_at desc limit 50`,
    [address],
  );
}

/** Whether the last mail to this address whose fate is known was refused for good, and nobody released the address. */
export async function hasBounced(address: string): Promise<boolean> {
  const last = await row<{ bounced: boolean }>(
    `select bounced_at is not null and bounce_released_at is null as bounced from messages
     where recipient = $1 and (sent_at is not null or bounced_at is not null)
     order by coalesce(sent_at, bounced_at) desc limit 1`,
    [address],
  );
  return last?.bounced ?? false;
}
