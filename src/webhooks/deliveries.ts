import { randomUUID } from 'node:crypto';
import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, row, rows } from '../database.ts';
import { Conflict, NotFound } from '../errors.ts';
import { Conditions, type Cursor, countUpTo, type Page, readPage } from '../paging.ts';
import { isId } from '../text.ts';
import { TEST_EVENT } from './events.ts';
import { queueRound, webhookById } from './webhook.ts';

export type DeliveryStatus = 'delivered' | 'failed' | 'waiting';

/** One event that one webhook is told, as the log shows it. */
export type Delivery = Readonly<{
  id: string;
  eventId: string;
  type: string;
  subjectId: string | null;
  at: Date;
  dueAt: Date;
  attempts: number;
  triedAt: Date | null;
  deliveredAt: Date | null;
  failedAt: Date | null;
  error: string | null;
  status: DeliveryStatus;
}>;

const COLUMNS = `d.id, d.event_id, d.type, d.subject_id, d.at, d.due_at,
  d.attempts, d.tried_at, d.delivered_at, d.failed_at, d.error,
  case when d.delivered_at is not null then 'delivered' when d.failed_at is not null then 'failed' else 'waiting' end
    as status`;

/** One page of the log, the newest first. */
export function deliveriesOf(webhookId: string, cursor: Cursor | null): Promise<Page<Delivery>> {
  return readPage<Delivery>({
    select: COLUMNS,
    from: 'webhook_deliveries d',
    conditions: new Conditions().and('d.webhook_id = ?', webhookId),
    order: [{ sql: 'd.id', type: 'bigint' }],
    descending: true,
    cursor,
  });
}

/** How many still wait, counted up to 10,001. */
export function countWaiting(webhookId: string): Promise<number> {
  const waits = 'd.webhook_id = ? and d.delivered_at is null and d.failed_at is null';
  return countUpTo('webhook_deliveries d', new Conditions().and(waits, webhookId));
}

/** Sends a message that only says that it is one. @throws NotFound, Conflict when it is paused */
export function sendTest(webhookId: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    const { pausedAt } = await webhookById(webhookId);
    if (pausedAt) throw new Conflict('It is paused. Let it go on first.');
    await rows('insert into webhook_deliveries (webhook_id, event_id, type, at) values ($1, $2, $3, now())', [
      webhookId,
      randomUUID(),
      TEST_EVENT,
    ]);
    // A test is tried at once, also where nothing gets through.
    await rows('update webhooks set tried_at = null where id = $1', [webhookId]);
    await queueRound();
    const event = { action: 'webhook.tested', subject: 'webhook', subjectId: webhookId } as const;
    await record(actor, event);
  });
}

/** Tries again what was given up. @throws NotFound, Conflict when it was delivered or still waits */
export function retry(webhookId: string, deliveryId: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    await webhookById(webhookId);
    const known = isId(deliveryId)
      ? await row<{ failed: boolean }>(
          `select failed_at is not null as failed from webhook_deliveries where id = $1 and webhook_id = $2 for update`,
          [deliveryId, webhookId],
        )
      : null;
    if (!known) throw new NotFound('There is no such delivery.');
    if (!known.failed) throw new Conflict('It was delivered, or is still being tried.');
    await rows(`update webhook_deliveries set failed_at = null, attempts = 0, due_at = now() where id = $1`, [
      deliveryId,
    ]);
    await queueRound();
    const detail = { deliveryId };
    const event = { action: 'webhook.retried', subject: 'webhook', subjectId: webhookId, detail } as const;
    await record(actor, event);
  });
}
