import { type Actor, record } from '../audit/audit.ts';
import type { Cursor } from '../cursor.ts';
import { inTransaction, row } from '../database.ts';
import { Conflict, NotFound } from '../errors.ts';
import { countUpTo, type KeysetPage, keysetPage } from '../keyset.ts';
import { anywhere, SHORTEST_PART, startsWith } from '../search.ts';
import {
  deliveryOf,
  type MailDelivery,
  MESSAGE_COLUMNS,
  type Message,
  queueSending,
  STILL_WAITING,
} from './messages.ts';

const REFERENCE = /^[0-9a-hj-km-np-tv-z]{8}$/i;
const deliveries: readonly MailDelivery[] = ['waiting', 'sent', 'bounced', 'failed', 'dropped'];

/** `search` is part of a recipient's address, its beginning where shorter than three characters, or a whole reference; '' and null filter nothing. */
export type OutboxQuery = Readonly<{
  search: string;
  delivery: MailDelivery | null;
  template: string;
  cursor: Cursor | null;
}>;

/** One page of all mails, newest first. */
export function listMessages(query: OutboxQuery): Promise<KeysetPage<Message>> {
  return keysetPage<Message>({
    ...conditions(query),
    select: MESSAGE_COLUMNS,
    from: 'messages',
    order: [
      { sql: 'queued_at', type: 'timestamptz' },
      { sql: 'id', type: 'uuid' },
    ],
    descending: true,
    cursor: query.cursor,
  });
}

/** How many match, counted up to 10,001. */
export function countMessages(query: OutboxQuery): Promise<number> {
  return countUpTo({ ...conditions(query), from: 'messages' });
}

/** @throws NotFound, also for what is no id */
export async function messageById(id: string): Promise<Message> {
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
  const message = isId
    ? await row<Message>(`select ${MESSAGE_COLUMNS} from messages where id = $1`, [id])
    : null;
  if (!message) throw new NotFound('There is no such mail.');
  return message;
}

/** Sends a mail that waits or has failed anew, with all its tries. @throws Conflict for any other */
export async function retry(id: string, actor: Actor): Promise<Message> {
  const message = await messageById(id);
  await inTransaction(async (transaction) => {
    const queued = await row(
      `update messages set failed_at = null, attempts = 0
       where id = $1 and ((${STILL_WAITING}) or failed_at is not null) and not exists (
         select from graphile_worker.jobs j where j.key = 'message:' || messages.id and j.locked_at is not null)
       returning id`,
      [id],
      transaction,
    );
    if (!queued) throw new Conflict(whyNot[deliveryOf(await messageById(id))]);
    await queueSending(id, transaction);
    const detail = { template: message.template, attempts: message.attempts };
    await record(
      actor,
      { action: 'message.retried', subject: 'message', subjectId: id, detail },
      transaction,
    );
  });
  return message;
}

export function isDelivery(text: string): text is MailDelivery {
  return deliveries.some((delivery) => delivery === text);
}

const whyNot: Readonly<Record<MailDelivery, string>> = {
  waiting: 'This mail is being handed to the mail server just now.',
  sent: 'This mail was sent. To send it once more, make a new one where it came from.',
  bounced: 'The receiving server refused this mail for good. Correct the address, or release it first.',
  failed: 'This mail is being sent again already.',
  dropped: 'This mail was no longer due, so it was not sent.',
};

function conditions({ search, delivery, template }: OutboxQuery): { where: string[]; bind: unknown[] } {
  const where: string[] = [];
  const bind: unknown[] = [];
  const put = (value: unknown) => `$${bind.push(value)}`;
  if (delivery) where.push(`delivery = ${put(delivery)}`);
  if (template) where.push(`template = ${put(template)}`);
  if (search) {
    const held =
      search.length < SHORTEST_PART
        ? startsWith('recipient', search, put)
        : `recipient::text ilike ${put(anywhere(search))}`;
    where.push(REFERENCE.test(search) ? `(${held} or reference = ${put(search.toUpperCase())})` : held);
  }
  return { where, bind };
}
