import type { InvitationHistory } from '../../invitations/history.ts';
import type { RecordedEvent } from '../../platform/audit/audit.ts';
import { formatDate, formatDateTime } from '../../platform/i18n/dates.ts';
import type { Message } from '../../platform/mail/messages.ts';
import type { TimelineEntry } from '../timeline-entry.ts';
import { messageEntries } from './mail-entries.ts';
import { linkOpenEntry } from './open-entries.ts';

type EntryLabel = readonly [title: string, tone: TimelineEntry['tone']];

const eventLabels: Readonly<Record<string, EntryLabel>> = {
  'invitation.created': ['Invited', 'plain'],
  'invitation.resent': ['New link made, older ones stopped working', 'plain'],
  'invitation.extended': ['Given more time', 'plain'],
  'invitation.address-corrected': ['Address corrected, older links stopped working', 'plain'],
  'invitation.group-added': ['A group was added, which is joined by accepting', 'plain'],
  'invitation.notifications-enabled': ['The inviter asked to be told by mail', 'plain'],
  'invitation.notifications-disabled': ['The inviter no longer wants to be told', 'plain'],
  'invitation.code-sent': ['Code for the mailbox asked for', 'plain'],
  'invitation.mailbox-proven': ['Mailbox proven by the code', 'good'],
  'invitation.accepted': ['Accepted', 'good'],
  'invitation.declined': ['Declined', 'bad'],
  'invitation.decline-undone': ['Decline undone', 'good'],
  'invitation.revoked': ['Revoked', 'bad'],
  'invitation.age-blocked': ['Blocked: too young', 'bad'],
  'invitation.age-block-lifted': ['Reopened', 'plain'],
};

const linkCreatingActions = /^invitation\.(created|resent|address-corrected)$/;

const actorLabels: Readonly<Record<RecordedEvent['actor'], string>> = {
  account: 'by an account that no longer exists',
  visitor: 'by the visitor',
  system: 'by itself',
  command: 'by a command on the server',
};

const declineReasonLabels: Readonly<Record<string, string>> = {
  'not-me': 'the person said it is not for them',
  'rather-not': 'the person would rather not join',
  stop: 'the person asked us to stop writing',
  deceased: 'the person was reported to have died',
};

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
    entries.push({ at: invitation.expiresAt, title: 'Expired', text: null, tone: 'bad' });
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
  const { at, action, actor, actorName } = event;
  const [title, tone] = eventLabels[action] ?? [action, 'plain' as const];
  const actorText = actorName === null ? actorLabels[actor] : `by ${actorName}`;
  const detail =
    action === 'invitation.accepted' && history.member
      ? `the account of ${history.member.name}`
      : describeDetail(event);
  const entry: TimelineEntry = {
    at,
    title,
    text: detail === '' ? actorText : `${actorText}: ${detail}`,
    tone,
  };
  return { ...entry, ...entryLink(action, history, isAdmin) };
}

/** The detail of an event: its reason, the new expiry date, or how the link is delivered. */
function describeDetail({ action, detail }: RecordedEvent): string {
  const { reason, expiresAt, delivery } = detail;
  if (typeof reason === 'string') return declineReasonLabels[reason] ?? reason;
  if (action === 'invitation.extended' && typeof expiresAt === 'string')
    return `valid until ${formatDate(new Date(expiresAt))}`;
  if (delivery === 'link') return 'a link to share';
  return delivery === 'mail' ? 'a link by mail' : '';
}

function entryLink(
  action: string,
  { invitation, member }: InvitationHistory,
  isAdmin: boolean,
): Pick<TimelineEntry, 'link'> {
  if (action === 'invitation.accepted' && member && isAdmin)
    return { link: { url: `/admin/people/${member.id}`, label: 'See the account' } };
  if (action === 'invitation.revoked' && invitation.replacedBy)
    return {
      link: {
        url: `/admin/invitations/${invitation.replacedBy}`,
        label: 'See the invitation that replaced it',
      },
    };
  return {};
}

function requestEntry({
  requestedAt,
  lastRequestedAt,
  requestCount,
}: InvitationHistory['requests'][number]): TimelineEntry {
  const text =
    requestCount === 1 ? null : `${requestCount} times, last on ${formatDateTime(lastRequestedAt)}`;
  return { at: requestedAt, title: 'Asked for a new link', text, tone: 'plain' };
}
