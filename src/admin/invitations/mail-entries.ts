import { t } from '../../platform/i18n/i18n.ts';
import { deliveryStatusOf, type MessageRow } from '../../platform/mail/messages.ts';
import { templateTitle } from '../../settings/mails/samples.ts';
import type { TimelineEntry } from '../timeline-entry.ts';

const mailLabels = {
  invitation: 'invitations:timeline.mails.invitation',
  'invitation-reminder': 'invitations:timeline.mails.invitation-reminder',
  'invitation-expired': 'invitations:timeline.mails.invitation-expired',
  'invitation-accepted': 'invitations:timeline.mails.invitation-accepted',
  'invitation-bounced': 'invitations:timeline.mails.invitation-bounced',
  'mailbox-code': 'invitations:timeline.mails.mailbox-code',
  welcome: 'invitations:timeline.mails.welcome',
} as const;

/** The timeline entries of a mail. A queued mail is only listed while the invitation is open. */
export function messageEntries(message: MessageRow, isInvitationOpen: boolean): TimelineEntry[] {
  const { template, recipient: email, queuedAt, sentAt, bouncedAt, failedAt, droppedAt, lastError } = message;
  const mail = mailLabel(template);
  const to = t('invitations:timeline.to', { email });
  const toWithError =
    lastError === null ? to : t('invitations:timeline.toWithError', { email, error: lastError });
  const entries: TimelineEntry[] = [];
  const add = (at: Date, title: string, text: string, tone: TimelineEntry['tone']) =>
    entries.push({ at, title, text, tone });
  if (sentAt) add(sentAt, t('invitations:timeline.mailSent', { mail }), to, 'good');
  if (bouncedAt) add(bouncedAt, t('invitations:timeline.mailBounced', { mail }), toWithError, 'bad');
  if (failedAt) add(failedAt, t('invitations:timeline.mailFailed', { mail }), toWithError, 'bad');
  if (droppedAt)
    add(
      droppedAt,
      t('invitations:timeline.mailDropped', { mail }),
      t('invitations:timeline.noLongerNeeded'),
      'plain',
    );
  if (deliveryStatusOf(message) === 'queued' && isInvitationOpen)
    add(
      queuedAt,
      t('invitations:timeline.mailQueued', { mail }),
      lastError === null
        ? t('invitations:timeline.sendingSoon')
        : t('invitations:timeline.lastError', { error: lastError }),
      'plain',
    );
  return entries;
}

function mailLabel(template: string): string {
  return template in mailLabels
    ? t(mailLabels[template as keyof typeof mailLabels])
    : t('invitations:timeline.otherMail', { title: templateTitle(template) });
}
