import { deliveryOf, type MessageRow } from '../mail/messages.ts';
import { titleOfTemplate } from '../office/samples.ts';
import type { Moment } from './timeline.ts';

const mailNames: Readonly<Record<string, string>> = {
  invitation: 'Invitation mail',
  'invitation-reminder': 'Reminder before the expiry',
  'invitation-expired': 'Mail about the expiry',
  'invitation-accepted': 'Mail to the inviter about the acceptance',
  'invitation-bounced': 'Mail to the inviter about the failed delivery',
  'mailbox-code': 'Mail with the code',
  welcome: 'Welcome mail',
};

/** What became of a mail. `open`: whether what waits will still go out. */
export function momentsOfMessage(message: MessageRow, open: boolean): Moment[] {
  const { template, recipient, queuedAt, sentAt, bouncedAt, failedAt, droppedAt, lastError } = message;
  const name = mailNames[template] ?? `Mail “${titleOfTemplate(template)}”`;
  const to = `to ${recipient}`;
  const toWhy = lastError === null ? to : `${to}: “${lastError}”`;
  const moments: Moment[] = [];
  if (sentAt)
    moments.push({ at: sentAt, title: `${name} handed to the mail server`, text: to, tone: 'good' });
  if (bouncedAt)
    moments.push({
      at: bouncedAt,
      title: `${name} refused by the receiving server`,
      text: toWhy,
      tone: 'bad',
    });
  if (failedAt) moments.push({ at: failedAt, title: `${name} given up`, text: toWhy, tone: 'bad' });
  if (droppedAt)
    moments.push({ at: droppedAt, title: `${name} not sent`, text: 'it was no longer due', tone: 'plain' });
  if (deliveryOf(message) === 'queued' && open)
    moments.push({
      at: queuedAt,
      title: `${name} waits to be sent`,
      text: lastError ?? 'it goes out within moments',
      tone: 'plain',
    });
  return moments;
}
