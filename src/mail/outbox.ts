import { type Actor, record } from '../audit/audit.ts';
import { columnsOf, inTransaction, row } from '../database.ts';
import { Conflict, NotFound } from '../errors.ts';
import { Conditions, type Cursor, countUpTo, type Page, readPage } from '../paging.ts';
import { matchesSearch } from '../search.ts';
import { UUID } from '../text.ts';
import { referenceIn } from '../web/reference.ts';
import {
  deliveryOf,
  type MailDelivery,
  Message,
  type MessageRow,
  queueSending,
  STILL_WAITING,
} from './messages.ts';

const deliveries: readonly MailDelivery[] = ['queued', 'sent', 'bounced', 'failed', 'dropped'];

/** `search` is parts of a recipient's address, or a whole reference; '' and null filter nothing. */
export type OutboxQuery = Readonly<{
  search: string;
  delivery: MailDelivery | null;
  template: string;
  cursor: Cursor | null;
}>;

/** One page of all mails, newest first. */
export function listMessages(query: OutboxQuery): Promise<Page<MessageRow>> {
  return readPage<MessageRow>({
    conditions: conditionsOf(query),
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

/** How many match, counted up to 10,001. */
export function countMessages(query: OutboxQuery): Promise<number> {
  return countUpTo('messages m', conditionsOf(query));
}

/** @throws NotFound, also for what is no id */
export async function messageById(id: string): Promise<Message> {
  const message = UUID.test(id) ? await Message.findByPk(id) : null;
  if (!message) throw new NotFound('There is no such mail.');
  return message;
}

/** Sends a mail that waits or has failed anew, with all its tries. @throws Conflict for any other */
export async function retry(id: string, actor: Actor): Promise<Message> {
  const message = await messageById(id);
  await inTransaction(async () => {
    const queued = await row(
      `update messages set failed_at = null, attempts = 0
       where id = $1 and ((${STILL_WAITING}) or failed_at is not null) and not exists (
         select from graphile_worker.jobs j where j.key = 'message:' || messages.id and j.locked_at is not null)
       returning id`,
      [id],
    );
    if (!queued) throw new Conflict(whyNot[deliveryOf(await messageById(id))]);
    await queueSending(id);
    const detail = { template: message.template, attempts: message.attempts };
    await record(actor, { action: 'message.retried', subject: 'message', subjectId: id, detail });
  });
  return message;
}

export function isDelivery(text: string): text is MailDelivery {
  return deliveries.some((delivery) => delivery === text);
}

const whyNot: Readonly<Record<MailDelivery, string>> = {
  queued: 'This mail is being handed to the mail server just now.',
  sent: 'This mail was sent. To send it once more, make a new one where it came from.',
  bounced:
    'The receiving server refused this mail for good. Correct the address, or allow mail to it again first.',
  failed: 'This mail is being sent again already.',
  dropped: 'This mail was no longer due, so it was not sent.',
};

function conditionsOf({ search, delivery, template }: OutboxQuery): Conditions {
  const conditions = new Conditions();
  if (delivery) conditions.and('m.delivery = ?', delivery);
  if (template) conditions.and('m.template = ?', template);
  if (search) {
    const matches = matchesSearch('m.search_text', search, (value) => conditions.value(value));
    const reference = referenceIn(search);
    if (reference !== null) conditions.and(`(${matches} or m.reference = ?)`, reference);
    else conditions.and(matches);
  }
  return conditions;
}
