import type { InvitationHistory } from '../../invitations/history.ts';
import { declineReasons } from '../../invitations/invitation.ts';
import type { RecordedEvent } from '../../platform/audit/audit.ts';
import { t } from '../../platform/i18n/i18n.ts';
import type { Message } from '../../platform/mail/messages.ts';
import type { TimelineEntry } from '../timeline-entry.ts';
import { messageEntries } from './mail-entries.ts';
import { linkOpenEntry } from './open-entries.ts';

const tones = {
  created: 'plain',
  resent: 'plain',
  extended: 'plain',
  'address-corrected': 'plain',
  'group-added': 'plain',
  'notifications-enabled': 'plain',
  'notifications-disabled': 'plain',
  'code-sent': 'plain',
  'mailbox-proven': 'good',
  accepted: 'good',
  declined: 'bad',
  'decline-undone': 'good',
  revoked: 'bad',
  'age-blocked': 'bad',
  'age-block-lifted': 'plain',
} as const satisfies Readonly<Record<string, TimelineEntry['tone']>>;

const linkCreatingActions = /^invitation\.(created|resent|address-corrected)$/;

/** Everything that happened to an invitation, oldest first. Links to accounts are for administrators only. */
export function invitationTimeline(history: InvitationHistory, isAdmin: boolean): TimelineEntry[] {
  const { invitation, events, messages, linkOpens, requests } = history;
  const entries = [
    ...events.map((event) => eventEntry(event, history, isAdmin)),
    ...messages.flatMap((message) =>
      messageEntries({ ...message.get(), queuedAt: effectiveQueuedAt(message, events) }, invitation.isOpen),
    ),
    ...linkOpens.map(linkOpenEntry),
    ...requests.map(requestEntry),
  ];
  if (invitation.status === 'expired') {
    entries.push({
      at: invitation.expiresAt,
      title: t('invitations:timeline.events.expired'),
      text: null,
      tone: 'bad',
    });
  }
  return entries.sort((a, b) => a.at.getTime() - b.at.getTime());
}

// A mail is queued in the same transaction as its link but has an earlier timestamp than the audit event, which reads
// the clock again.
function effectiveQueuedAt({ queuedAt }: Message, events: readonly RecordedEvent[]): Date {
  const linkEvent = events.find(({ action, at }) => linkCreatingActions.test(action) && at >= queuedAt);
  return linkEvent?.at ?? queuedAt;
}

function eventEntry(event: RecordedEvent, history: InvitationHistory, isAdmin: boolean): TimelineEntry {
  const { at, action, actor, actorName: name } = event;
  const by =
    name === null ? t(`invitations:timeline.by.${actor}`) : t('invitations:timeline.by.name', { name });
  const detail =
    action === 'invitation.accepted' && history.member
      ? t('invitations:timeline.newAccount', { name: history.member.name })
      : describeDetail(event);
  const entry: TimelineEntry = {
    at,
    ...eventLabel(action),
    text: detail === null ? by : `${by} ${detail}`,
  };
  return { ...entry, ...entryLink(action, history, isAdmin) };
}

function eventLabel(action: string): Pick<TimelineEntry, 'title' | 'tone'> {
  const verb = action.replace('invitation.', '');
  if (!(verb in tones)) return { title: action, tone: 'plain' };
  const knownVerb = verb as keyof typeof tones;
  return { title: t(`invitations:timeline.events.${knownVerb}`), tone: tones[knownVerb] };
}

/** The detail of an event: its reason, the new expiry date, or how the link is delivered. */
function describeDetail({ action, detail }: RecordedEvent): string | null {
  const { reason, expiresAt, delivery } = detail;
  const declineReason = declineReasons.find((known) => known === reason);
  if (declineReason) return t(`invitations:timeline.declineReasons.${declineReason}`);
  if (typeof reason === 'string') return t('invitations:timeline.reason', { reason });
  if (action === 'invitation.extended' && typeof expiresAt === 'string')
    return t('invitations:timeline.validUntil', { until: new Date(expiresAt) });
  if (delivery === 'link') return t('invitations:timeline.byLink');
  return delivery === 'mail' ? t('invitations:timeline.byMail') : null;
}

function entryLink(
  action: string,
  { invitation, member }: InvitationHistory,
  isAdmin: boolean,
): Pick<TimelineEntry, 'link'> {
  if (action === 'invitation.accepted' && member && isAdmin)
    return { link: { url: `/admin/people/${member.id}`, label: t('invitations:timeline.seeAccount') } };
  if (action === 'invitation.revoked' && invitation.replacedBy)
    return {
      link: {
        url: `/admin/invitations/${invitation.replacedBy}`,
        label: t('invitations:timeline.seeReplacement'),
      },
    };
  return {};
}

function requestEntry({
  kind,
  requestedAt,
  lastRequestedAt,
  requestCount,
}: InvitationHistory['requests'][number]): TimelineEntry {
  const text =
    requestCount === 1
      ? null
      : t('invitations:timeline.linkRequestedAgain', { count: requestCount, at: lastRequestedAt });
  return { at: requestedAt, title: t(`invitations:requests.asked.${kind}`), text, tone: 'plain' };
}
