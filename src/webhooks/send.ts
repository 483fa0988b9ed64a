import type { Attributes } from 'sequelize';
import { Webhook as Signer } from 'standardwebhooks';
import { type Encrypted, isEncryptedWithOldKey } from '../platform/crypto/encryption.ts';
import { columnsOf, inTransaction, queryRows } from '../platform/db/database.ts';
import { log } from '../platform/log.ts';
import { cut } from '../platform/text/text.ts';
import { WebhookDelivery } from './delivery.ts';
import { type AttemptResult, postToEndpoint } from './endpoint-request.ts';
import { buildPayload } from './payload.ts';
import { recordAttempt } from './record-attempt.ts';
import { formatSecret, reencryptSecret } from './secret.ts';
import { queueSendWebhooks, Webhook } from './webhook.ts';

/** A delivery whose next attempt is due, with what is needed to send it. */
export type DueDelivery = Attributes<WebhookDelivery> &
  Readonly<Pick<Webhook, 'url' | 'keyId' | 'encrypted' | 'previousKeyId' | 'previousEncrypted'>>;

/** A queue of its own, so that one run is active at a time and mail is not delayed. */
export const webhookCrontab = '* * * * * send-webhooks ?jobKey=send-webhooks&queue=webhooks&max=3';

const MAX_CONCURRENT_DELIVERIES = 20;
/** A longer job would delay the worker's shutdown; the next job continues. */
const MAX_RUN_MS = 5_000;

/**
 * Sends due deliveries, several at a time for each webhook. A failing webhook gets one attempt a minute and doesn't delay
 * the others.
 */
export async function sendWebhooks(): Promise<void> {
  const failingWebhookIds = new Set<string>();
  const deadline = Date.now() + MAX_RUN_MS;
  while (Date.now() < deadline) {
    const due = await listDueDeliveries([...failingWebhookIds]);
    if (due.length === 0) return;
    const delivered = await Promise.all(due.map(attemptDelivery));
    for (const [index, { webhookId }] of due.entries())
      if (!delivered[index]) failingWebhookIds.add(webhookId);
  }
  await inTransaction(queueSendWebhooks);
}

function listDueDeliveries(failing: readonly string[]): Promise<DueDelivery[]> {
  return queryRows<DueDelivery>(
    `select ${columnsOf(WebhookDelivery, 'd')}, w.url, w.key_id, w.encrypted,
       case when w.previous_valid_until > now() then w.previous_key_id end as previous_key_id,
       case when w.previous_valid_until > now() then w.previous_encrypted end as previous_encrypted
     from webhooks w cross join lateral (
       select * from webhook_deliveries d
       where d.webhook_id = w.id and d.delivered_at is null and d.failed_at is null and d.due_at <= now()
       order by d.due_at, d.id limit case when w.failing_since is null then ${MAX_CONCURRENT_DELIVERIES} else 1 end) d
     where w.paused_at is null and not w.id = any($1::uuid[])
       and (w.failing_since is null or w.last_attempt_at is null or w.last_attempt_at < now() - interval '50 seconds')`,
    [failing],
  );
}

async function attemptDelivery(due: DueDelivery): Promise<boolean> {
  const result = await sendDelivery(due);
  await recordAttempt(due, result);
  return result.error === null;
}

async function sendDelivery(due: DueDelivery): Promise<AttemptResult> {
  try {
    const body = JSON.stringify(await buildPayload(due));
    return await postToEndpoint(due.url, buildHeaders(due, body, await decryptSecrets(due)), body);
  } catch (error) {
    log.error({ err: error, webhook: due.webhookId }, 'a webhook could not be signed');
    return { status: null, error: error instanceof Error ? cut(error.message, 500) : String(error) };
  }
}

/** Headers according to Standard Webhooks, with one signature for each valid secret. */
function buildHeaders(due: DueDelivery, body: string, secrets: readonly string[]): Record<string, string> {
  const id = `msg_${due.eventId}`;
  const now = new Date();
  return {
    'content-type': 'application/json',
    'user-agent': 'Homecoming-Webhooks/1',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': secrets.map((secret) => new Signer(secret).sign(id, now, body)).join(' '),
  };
}

async function decryptSecrets(due: DueDelivery): Promise<string[]> {
  const { webhookId, keyId, encrypted, previousKeyId, previousEncrypted } = due;
  const current: Encrypted = { keyId, encrypted };
  const secret = formatSecret(current, webhookId);
  if (isEncryptedWithOldKey(current)) await reencryptWithFirstKey(current, webhookId);
  if (previousKeyId === null || previousEncrypted === null) return [secret];
  return [secret, formatSecret({ keyId: previousKeyId, encrypted: previousEncrypted }, webhookId)];
}

async function reencryptWithFirstKey(older: Encrypted, webhookId: string): Promise<void> {
  const where = { id: webhookId, encrypted: older.encrypted };
  await Webhook.update(reencryptSecret(older, webhookId), { where });
}
