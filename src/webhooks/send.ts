import type { Attributes } from 'sequelize';
import { Webhook as Signer } from 'standardwebhooks';
import { columnsOf, inTransaction, rows } from '../database.ts';
import { log } from '../log.ts';
import { isSealedByOlderKey, type Sealed } from '../seal.ts';
import { noteReply } from './attempt.ts';
import { WebhookDelivery } from './delivery.ts';
import { payloadOf } from './payload.ts';
import { post, type Reply } from './post.ts';
import { sealAgain, secretText } from './secret.ts';
import { queueRound, Webhook } from './webhook.ts';

/** An event whose time has come, with what its webhook needs to send it. */
export type Due = Attributes<WebhookDelivery> &
  Readonly<Pick<Webhook, 'url' | 'keyId' | 'sealed' | 'formerKeyId' | 'formerSealed'>>;

/** All rounds stand in one queue, so that there is one at a time and mails keep their own places. */
export const webhookCrontab = '* * * * * send-webhooks ?jobKey=send-webhooks&queue=webhooks&max=3';

const AT_ONCE = 20;
/** A job that takes longer would hold up the end of the worker; the next one goes on. */
const LONGEST_MS = 5_000;

/**
 * Sends what is due, each webhook's messages side by side. A receiver that fails is tried once a minute with one of
 * them, and holds nobody else up; the others go on until nothing is due.
 */
export async function sendWebhooks(): Promise<void> {
  const failing = new Set<string>();
  const until = Date.now() + LONGEST_MS;
  while (Date.now() < until) {
    const due = await dueNow([...failing]);
    if (due.length === 0) return;
    const delivered = await Promise.all(due.map(deliver));
    for (const [index, one] of due.entries()) if (!delivered[index]) failing.add(one.webhookId);
  }
  await inTransaction(queueRound);
}

function dueNow(failing: readonly string[]): Promise<Due[]> {
  return rows<Due>(
    `select ${columnsOf(WebhookDelivery, 'd')}, w.url, w.key_id, w.sealed,
       case when w.former_until > now() then w.former_key_id end as former_key_id,
       case when w.former_until > now() then w.former_sealed end as former_sealed
     from webhooks w cross join lateral (
       select * from webhook_deliveries d
       where d.webhook_id = w.id and d.delivered_at is null and d.failed_at is null and d.due_at <= now()
       order by d.due_at, d.id limit case when w.failing_since is null then ${AT_ONCE} else 1 end) d
     where w.paused_at is null and not w.id = any($1::uuid[])
       and (w.failing_since is null or w.tried_at is null or w.tried_at < now() - interval '50 seconds')`,
    [failing],
  );
}

async function deliver(due: Due): Promise<boolean> {
  const reply = await tryOnce(due);
  await noteReply(due, reply);
  return reply.error === null;
}

async function tryOnce(due: Due): Promise<Reply> {
  try {
    const body = JSON.stringify(await payloadOf(due));
    return await post(due.url, headersFor(due, body, await secretsOf(due)), body);
  } catch (error) {
    log.error({ err: error, webhook: due.webhookId }, 'a webhook could not be signed');
    return { status: null, error: error instanceof Error ? error.message.slice(0, 500) : String(error) };
  }
}

/** As the Standard Webhooks specification says: one signature for each secret that is valid. */
function headersFor(due: Due, body: string, secrets: readonly string[]): Record<string, string> {
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

async function secretsOf(due: Due): Promise<string[]> {
  const { webhookId, keyId, sealed, formerKeyId, formerSealed } = due;
  const current: Sealed = { keyId, sealed };
  const secret = secretText(current, webhookId);
  if (isSealedByOlderKey(current)) await keepUnderFirstKey(current, webhookId);
  if (formerKeyId === null || formerSealed === null) return [secret];
  return [secret, secretText({ keyId: formerKeyId, sealed: formerSealed }, webhookId)];
}

async function keepUnderFirstKey(older: Sealed, webhookId: string): Promise<void> {
  const where = { id: webhookId, sealed: older.sealed };
  await Webhook.update(sealAgain(older, webhookId), { where });
}
