import { randomUUID } from 'node:crypto';
import type { Attributes } from 'sequelize';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { columnsOf, inTransaction, NOW } from '../platform/db/database.ts';
import { Conditions, type Cursor, countUpTo, type Page, readPage } from '../platform/db/paging.ts';
import { Conflict, NotFound } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { isId } from '../platform/text/text.ts';
import { WebhookDelivery } from './delivery.ts';
import { TEST_EVENT } from './events.ts';
import { getWebhook, queueSendWebhooks, Webhook } from './webhook.ts';

/** A delivery with its state, as shown in the log. */
export type ListedDelivery = Attributes<WebhookDelivery> &
  Readonly<{ state: 'delivered' | 'failed' | 'pending' }>;

/** One page of the log, newest first. */
export function listDeliveries(webhookId: string, cursor: Cursor | null): Promise<Page<ListedDelivery>> {
  return readPage<ListedDelivery>({
    select: `${columnsOf(WebhookDelivery, 'd')}, case when d.delivered_at is not null then 'delivered'
      when d.failed_at is not null then 'failed' else 'pending' end as state`,
    from: 'webhook_deliveries d',
    conditions: new Conditions().and('d.webhook_id = ?', webhookId),
    order: [{ sql: 'd.id', type: 'bigint' }],
    descending: true,
    cursor,
  });
}

/** Counts up to 10,001. */
export function countPendingDeliveries(webhookId: string): Promise<number> {
  const isPending = 'd.webhook_id = ? and d.delivered_at is null and d.failed_at is null';
  return countUpTo('webhook_deliveries d', new Conditions().and(isPending, webhookId));
}

/** Queues a test message. @throws NotFound, or Conflict if the webhook is paused */
export function sendTestEvent(webhookId: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    const { pausedAt } = await getWebhook(webhookId);
    if (pausedAt) throw new Conflict(t('webhooks:errors.paused'));
    await WebhookDelivery.create({ webhookId, eventId: randomUUID(), type: TEST_EVENT });
    // Send the test now, even if the webhook is failing and waits for its next attempt.
    await Webhook.update({ lastAttemptAt: null }, { where: { id: webhookId } });
    await queueSendWebhooks();
    const event = { action: 'webhook.test-sent', subject: 'webhook', subjectId: webhookId } as const;
    await recordEvent(actor, event);
  });
}

/** Restarts the attempts of a failed delivery. @throws NotFound, or Conflict if it was delivered or is pending */
export function retryDelivery(webhookId: string, deliveryId: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    await getWebhook(webhookId);
    const where = { id: deliveryId, webhookId };
    const delivery = isId(deliveryId) ? await WebhookDelivery.findOne({ where, lock: true }) : null;
    if (!delivery) throw new NotFound(t('webhooks:errors.noDelivery'));
    if (!delivery.failedAt) throw new Conflict(t('webhooks:errors.notFailed'));
    await WebhookDelivery.update({ failedAt: null, attempts: 0, dueAt: NOW }, { where });
    await queueSendWebhooks();
    const detail = { deliveryId };
    const event = {
      action: 'webhook.delivery-retried',
      subject: 'webhook',
      subjectId: webhookId,
      detail,
    } as const;
    await recordEvent(actor, event);
  });
}
