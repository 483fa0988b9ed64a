import { Op } from 'sequelize';
import { Account } from '../accounts/account.ts';
import { inTransaction, queryRow, queryRows } from '../platform/db/database.ts';
import { queueMail } from '../platform/mail/messages.ts';
import { newReference } from '../platform/text/support-reference.ts';
import type { WebhookDelivery } from './delivery.ts';
import type { AttemptResult } from './endpoint-request.ts';
import { type PauseReason, pauseWebhook, Webhook } from './webhook.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
/** Seconds from one attempt to the next: ten attempts in about three days. */
const retryDelays = [
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  24 * HOUR,
  24 * HOUR,
] as const;
export const MAX_ATTEMPTS = retryDelays.length + 1;
/** A webhook is paused if every delivery has failed for this long. */
const PAUSE_AFTER = '60 hours';
const HTTP_GONE = 410;

type AttemptedDelivery = Readonly<Pick<WebhookDelivery, 'id' | 'webhookId' | 'attempts'>>;

/** Records an attempt in the delivery and in its webhook. Pauses the webhook and notifies administrators if necessary. */
export async function recordAttempt(delivery: AttemptedDelivery, result: AttemptResult): Promise<void> {
  await inTransaction(async () => {
    await updateDelivery(delivery, result);
    if (result.error === null) return recordSuccess(delivery.webhookId);
    const reason = await recordFailure(delivery.webhookId, result);
    if (reason) await pauseAndNotifyAdmins(delivery.webhookId, reason);
  });
}

async function updateDelivery(
  { id, attempts }: AttemptedDelivery,
  { status, error }: AttemptResult,
): Promise<void> {
  const retryDelay = retryDelays[attempts] ?? null;
  const outcome = error === null ? 'delivered' : retryDelay === null ? 'failed' : null;
  await queryRows(
    `update webhook_deliveries set attempts = attempts + 1, last_attempt_at = now(), response_status = $2, error = $3,
       delivered_at = case when $4 = 'delivered' then now() end, failed_at = case when $4 = 'failed' then now() end,
       due_at = now() + coalesce($5::int, 0) * interval '1 second'
     where id = $1 and delivered_at is null`,
    [id, status, error, outcome, retryDelay],
  );
}

async function recordSuccess(webhookId: string): Promise<void> {
  const where = { id: webhookId, failingSince: { [Op.ne]: null } };
  await Webhook.update({ failingSince: null, lastAttemptAt: null }, { where });
}

async function recordFailure(webhookId: string, { status }: AttemptResult): Promise<PauseReason | null> {
  const webhook = await queryRow<{ shouldPause: boolean }>(
    `update webhooks set failing_since = coalesce(failing_since, now()), last_attempt_at = now()
     where id = $1 and paused_at is null
     returning failing_since < now() - $2::interval as should_pause`,
    [webhookId, PAUSE_AFTER],
  );
  if (webhook && status === HTTP_GONE) return 'gone';
  return webhook?.shouldPause ? 'failing' : null;
}

async function pauseAndNotifyAdmins(webhookId: string, reason: PauseReason): Promise<void> {
  await pauseWebhook(webhookId, reason, { kind: 'system' });
  const admins = await Account.findAll({ where: { staffRole: 'admin', suspendedAt: null }, order: ['id'] });
  for (const { id: accountId, email: to } of admins) {
    const mail = { template: 'webhook-paused', to, subjectId: webhookId, accountId };
    await queueMail({ ...mail, reference: newReference() });
  }
}
