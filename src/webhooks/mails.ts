import { Op } from 'sequelize';
import { config } from '../platform/config/config.ts';
import type { MailTemplate } from '../platform/mail/template.ts';
import { WebhookDelivery } from './delivery.ts';
import { Webhook } from './webhook.ts';

const webhookPausedMail: MailTemplate = {
  name: 'webhook-paused',
  views: 'webhooks/mails/webhook-paused',
  // Not sent if the webhook has been resumed in the meantime.
  async loadValues({ subjectId }) {
    const webhook = await Webhook.findOne({ where: { id: subjectId, pausedAt: { [Op.ne]: null } } });
    if (!webhook) return null;
    const { url, pauseReason: reason } = webhook;
    const pendingCount = await WebhookDelivery.scope('pending').count({ where: { webhookId: subjectId } });
    const { host } = new URL(url);
    return { url, reason, pendingCount, host, link: `${config.baseUrl}/admin/webhooks/${subjectId}` };
  },
};

export const webhookMails: readonly MailTemplate[] = [webhookPausedMail];
