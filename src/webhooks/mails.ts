import { config } from '../config.ts';
import { row } from '../database.ts';
import type { MailTemplate } from '../mail/template.ts';
import type { PauseReason } from './webhook.ts';

type PausedWebhook = Readonly<{ url: string; because: PauseReason; waiting: number }>;

const paused: MailTemplate = {
  name: 'webhook-paused',
  views: 'webhooks/mails/webhook-paused',
  // Not when somebody has let it go on meanwhile.
  async fill({ subjectId }) {
    const webhook = await row<PausedWebhook>(
      `select url, paused_because as because,
         (select count(*)::int from webhook_deliveries d
          where d.webhook_id = w.id and d.delivered_at is null and d.failed_at is null) as waiting
       from webhooks w where id = $1 and paused_at is not null`,
      [subjectId],
    );
    if (!webhook) return null;
    const { host } = new URL(webhook.url);
    return { ...webhook, host, link: `${config.baseUrl}/admin/webhooks/${subjectId}` };
  },
};

export const webhookMails: readonly MailTemplate[] = [paused];
