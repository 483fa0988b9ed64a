import { Op } from 'sequelize';
import { Account } from '../accounts/account.ts';
import { inTransaction, row, rows } from '../database.ts';
import { queueMail } from '../mail/messages.ts';
import { newReference } from '../web/reference.ts';
import type { WebhookDelivery } from './delivery.ts';
import type { Reply } from './post.ts';
import { type PauseReason, pause, Webhook } from './webhook.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
/** Seconds from one try to the next: ten tries in about three days. */
const waits = [
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
export const MOST_TRIES = waits.length + 1;
/** A webhook through which nothing got for so long is paused. */
const GIVE_UP_AFTER = '60 hours';
const GONE = 410;

type Tried = Readonly<Pick<WebhookDelivery, 'id' | 'webhookId' | 'attempts'>>;

/** Notes what became of a try: delivered, to be tried again, or given up; and what that says of the webhook. */
export async function noteReply(tried: Tried, reply: Reply): Promise<void> {
  await inTransaction(async () => {
    await noteDelivery(tried, reply);
    if (reply.error === null) return noteWorking(tried.webhookId);
    const because = await noteFailing(tried.webhookId, reply);
    if (because) await pauseForStaff(tried.webhookId, because);
  });
}

async function noteDelivery({ id, attempts }: Tried, { status, error }: Reply): Promise<void> {
  const wait = waits[attempts] ?? null;
  const end = error === null ? 'delivered' : wait === null ? 'failed' : null;
  await rows(
    `update webhook_deliveries set attempts = attempts + 1, tried_at = now(), status = $2, error = $3,
       delivered_at = case when $4 = 'delivered' then now() end, failed_at = case when $4 = 'failed' then now() end,
       due_at = now() + coalesce($5::int, 0) * interval '1 second'
     where id = $1 and delivered_at is null`,
    [id, status, error, end, wait],
  );
}

async function noteWorking(webhookId: string): Promise<void> {
  const where = { id: webhookId, failingSince: { [Op.ne]: null } };
  await Webhook.update({ failingSince: null, triedAt: null }, { where });
}

async function noteFailing(webhookId: string, { status }: Reply): Promise<PauseReason | null> {
  const webhook = await row<{ isHopeless: boolean }>(
    `update webhooks set failing_since = coalesce(failing_since, now()), tried_at = now()
     where id = $1 and paused_at is null
     returning failing_since < now() - $2::interval as is_hopeless`,
    [webhookId, GIVE_UP_AFTER],
  );
  if (webhook && status === GONE) return 'gone';
  return webhook?.isHopeless ? 'failing' : null;
}

async function pauseForStaff(webhookId: string, because: PauseReason): Promise<void> {
  await pause(webhookId, because, { kind: 'system' });
  const admins = await Account.findAll({ where: { staffRole: 'admin', suspendedAt: null }, order: ['id'] });
  for (const { id: accountId, email: to } of admins) {
    const mail = { template: 'webhook-paused', to, subjectId: webhookId, accountId };
    await queueMail({ ...mail, reference: newReference() });
  }
}
