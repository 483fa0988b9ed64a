import { type Actor, recordEvent } from '../audit/audit.ts';
import { columnsOf, inTransaction, queryRow } from '../db/database.ts';
import { Conditions, type Cursor, countUpTo, type Page, readPage } from '../db/paging.ts';
import { searchCondition } from '../db/search.ts';
import { Conflict, NotFound } from '../errors.ts';
import { t } from '../i18n/i18n.ts';
import { parseReference } from '../text/support-reference.ts';
import { UUID_PATTERN } from '../text/text.ts';
import {
  type DeliveryStatus,
  deliveryStatusOf,
  enqueueSend,
  IS_QUEUED,
  Message,
  type MessageRow,
} from './messages.ts';

const deliveryStatuses: readonly DeliveryStatus[] = ['queued', 'sent', 'bounced', 'failed', 'dropped'];

/** `search` is parts of a recipient's address, or a complete reference. '' and null don't filter. */
export type OutboxQuery = Readonly<{
  search: string;
  deliveryStatus: DeliveryStatus | null;
  template: string;
  cursor: Cursor | null;
}>;

/** Lists messages, newest first. */
export function listMessages(query: OutboxQuery): Promise<Page<MessageRow>> {
  return readPage<MessageRow>({
    conditions: toConditions(query),
    select: columnsOf(Message, 'm'),
    from: 'messages m',
    order: [
      { sql: 'm.queued_at', type: 'timestamptz' },
      { sql: 'm.id', type: 'uuid' },
    ],
    descending: true,
    cursor: query.cursor,
  });
}

/** Counts matching messages, up to 10,001. */
export function countMessages(query: OutboxQuery): Promise<number> {
  return countUpTo('messages m', toConditions(query));
}

/** @throws NotFound, also for an invalid id */
export async function getMessage(id: string): Promise<Message> {
  const message = UUID_PATTERN.test(id) ? await Message.findByPk(id) : null;
  if (!message) throw new NotFound(t('mail:errors.notFound'));
  return message;
}

/** Sends a queued or failed mail again, with all attempts. @throws Conflict for any other status */
export async function retryMessage(id: string, actor: Actor): Promise<Message> {
  const message = await getMessage(id);
  await inTransaction(async () => {
    const queued = await queryRow(
      `update messages set failed_at = null, attempts = 0
       where id = $1 and ((${IS_QUEUED}) or failed_at is not null) and not exists (
         select from graphile_worker.jobs j where j.key = 'message:' || messages.id and j.locked_at is not null)
       returning id`,
      [id],
    );
    if (!queued) throw new Conflict(t(`mail:errors.notRetryable.${deliveryStatusOf(await getMessage(id))}`));
    await enqueueSend(id);
    const detail = { template: message.template, attempts: message.attempts };
    await recordEvent(actor, { action: 'message.retried', subject: 'message', subjectId: id, detail });
  });
  return message;
}

export function isDeliveryStatus(text: string): text is DeliveryStatus {
  return deliveryStatuses.some((status) => status === text);
}

function toConditions({ search, deliveryStatus, template }: OutboxQuery): Conditions {
  const conditions = new Conditions();
  if (deliveryStatus) conditions.and('m.delivery_status = ?', deliveryStatus);
  if (template) conditions.and('m.template = ?', template);
  if (search) {
    const matches = searchCondition('m.search_text', search, (value) => conditions.bindValue(value));
    const reference = parseReference(search);
    if (reference !== null) conditions.and(`(${matches} or m.reference = ?)`, reference);
    else conditions.and(matches);
  }
  return conditions;
}
