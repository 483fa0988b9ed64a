import { deliveryStatusOf, type MessageRow } from '../../platform/mail/messages.ts';
import { templateTitle } from '../../settings/mails/samples.ts';
import type { TimelineEntry } from '../timeline-entry.ts';

const mailLabels: Readonly<Record<string, string>> = {
  invitation: 'Invitation mail',
  'invitation-reminder': 'Reminder before the expiry',
  'invitation-expired': 'Mail about the expiry',
  'invitation-accepted': 'Mail to the inviter about the acceptance',
  'invitation-bounced': 'Mail to the inviter about the failed delivery',
  'mailbox-code': 'Mail with the code',
  welcome: 'Welcome mail',
};

/** The timeline entries of a mail. A queued mail is only listed while the invitation is open. */
export function messageEntries(message: MessageRow, isInvitationOpen: boolean): TimelineEntry[] {
  const { template, recipient, queuedAt, sentAt, bouncedAt, failedAt, droppedAt, lastError } = message;
  const name = mailLabels[template] ?? `Mail “${templateTitle(template)}”`;
  const to = `to ${recipient}`;
  const recipientAndError = lastError === null ? to : `${to}: “${lastError}”`;
  const entries: TimelineEntry[] = [];
  if (sentAt)
    entries.push({ at: sentAt, title: `${name} handed to the mail server`, text: to, tone: 'good' });
  if (bouncedAt)
    entries.push({
      at: bouncedAt,
      title: `${name} refused by the receiving server`,
      text: recipientAndError,
      tone: 'bad',
    });
  if (failedAt)
    entries.push({ at: failedAt, title: `${name} given up`, text: recipientAndError, tone: 'bad' });
  if (droppedAt)
    entries.push({ at: droppedAt, title: `${name} not sent`, text: 'it was no longer due', tone: 'plain' });
  if (deliveryStatusOf(message) === 'queued' && isInvitationOpen)
    entries.push({
      at: queuedAt,
      title: `${name} waits to be sent`,
      text: lastError ?? 'it goes out within moments',
      tone: 'plain',
    });
  return entries;
}
