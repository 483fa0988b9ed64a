import type { ListedConsent } from '../../consents/consent.ts';
import type { RequestResolution } from '../../invitations/requests/invitation-request.ts';
import type { ListedRequest } from '../../invitations/requests/list.ts';
import { t } from '../../platform/i18n/i18n.ts';
import type { PersonDetails, PersonMembership } from '../../support/person-details.ts';
import { actionTitle } from '../audit/describe-event.ts';
import { messageEntries } from '../invitations/mail-entries.ts';
import { invitationTimeline } from '../invitations/timeline.ts';
import type { TimelineEntry } from '../timeline-entry.ts';

const problemActions = ['account.sign-in-failed', 'account.suspended'];

/** Everything that happened to a person, oldest first. Only administrators get links to accounts. */
export function personTimeline(details: PersonDetails, isAdmin: boolean): TimelineEntry[] {
  return [
    ...details.invitations.flatMap((history) => invitationEntries(history, isAdmin)),
    ...details.messages.flatMap((message) => messageEntries(message, true)),
    ...details.requests.map(requestEntry),
    ...details.consents.map(consentEntry),
    ...details.memberships.flatMap(membershipEntries),
    ...details.events.map((event): TimelineEntry => {
      const tone = problemActions.includes(event.action) ? 'bad' : 'plain';
      return { at: event.at, title: actionTitle(event.action), text: event.actorName, tone };
    }),
  ].sort((a, b) => a.at.getTime() - b.at.getTime());
}

// Without the requests: they belong to the address, and are listed once.
function invitationEntries(history: PersonDetails['invitations'][number], isAdmin: boolean): TimelineEntry[] {
  const link = {
    url: `/admin/invitations/${history.invitation.id}`,
    label: t('help:timeline.seeInvitation'),
  };
  return invitationTimeline({ ...history, requests: [] }, isAdmin).map((entry, index) =>
    index === 0 ? { ...entry, link } : entry,
  );
}

function requestEntry(request: ListedRequest): TimelineEntry {
  const { id, kind, requestedAt, requestCount, resolution, resolver } = request;
  const times = requestCount === 1 ? [] : [t('help:timeline.requestedTimes', { count: requestCount })];
  const text = [...times, describeAnswer(resolution, resolver)].join(' ');
  const link = { url: `/admin/requests/${id}`, label: t('help:timeline.seeRequest') };
  return { at: requestedAt, title: t(`invitations:requests.asked.${kind}`), text, tone: 'plain', link };
}

function describeAnswer(resolution: RequestResolution | null, name: string | null): string {
  if (resolution === null) return t('help:timeline.unanswered');
  return name === null
    ? t(`help:timeline.answered.${resolution}`)
    : t(`help:timeline.answeredBy.${resolution}`, { name });
}

function consentEntry({ at, decision, minorName, guardianName, profileId }: ListedConsent): TimelineEntry {
  const title = t(`help:timeline.consent.${decision}`);
  const tone = decision === 'granted' || decision === 'renewed' ? 'good' : 'bad';
  const link = { url: `/admin/consents/${profileId}`, label: t('help:timeline.seeConsent') };
  const text = minorName
    ? t('help:timeline.consentOf', { guardian: guardianName, minor: minorName })
    : t('help:timeline.consentOfDeleted', { guardian: guardianName });
  return { at, title, text, tone, link };
}

function membershipEntries({
  groupId,
  groupName,
  role,
  joinedAt,
  removedAt,
}: PersonMembership): TimelineEntry[] {
  const link = { url: `/admin/groups/${groupId}`, label: t('help:timeline.seeGroup') };
  const joined: TimelineEntry = {
    at: joinedAt,
    title: t('help:timeline.joined', { group: groupName }),
    text: t(`help:timeline.joinedAs.${role}`),
    tone: 'good',
    link,
  };
  return removedAt === null
    ? [joined]
    : [
        joined,
        {
          at: removedAt,
          title: t('help:timeline.left', { group: groupName }),
          text: null,
          tone: 'plain',
          link,
        },
      ];
}
