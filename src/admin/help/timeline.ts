import type { ListedConsent } from '../../consents/consent.ts';
import type { RequestResolution } from '../../invitations/requests/invitation-request.ts';
import type { ListedRequest } from '../../invitations/requests/list.ts';
import type { PersonDetails, PersonMembership } from '../../support/person-details.ts';
import { actionTitle } from '../audit/describe-event.ts';
import { messageEntries } from '../invitations/mail-entries.ts';
import { invitationTimeline } from '../invitations/timeline.ts';
import type { TimelineEntry } from '../timeline-entry.ts';

const consentLabels: Readonly<
  Record<ListedConsent['decision'], readonly [title: string, tone: TimelineEntry['tone']]>
> = {
  granted: ['Consent granted', 'good'],
  renewed: ['Consent renewed', 'good'],
  refused: ['Consent refused', 'bad'],
  withdrawn: ['Consent withdrawn', 'bad'],
};

const resolutionLabels: Readonly<Record<RequestResolution, string>> = {
  resent: 'the invitation was sent again',
  invited: 'the address was invited',
  'password-reset': 'a link for a new password was sent',
  dismissed: 'dismissed',
  confirmed: 'the person was marked as deceased',
  withdrawn: 'the person took it back',
};

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
  const link = { url: `/admin/invitations/${history.invitation.id}`, label: 'See the invitation' };
  return invitationTimeline({ ...history, requests: [] }, isAdmin).map((entry) =>
    entry.title === 'Invited' ? { ...entry, link } : entry,
  );
}

function requestEntry({ id, requestedAt, requestCount, resolution, resolver }: ListedRequest): TimelineEntry {
  const occurrences = requestCount === 1 ? '' : `${requestCount} times; `;
  const who = resolver === null ? 'by itself' : `by ${resolver}`;
  const text = `${occurrences}${resolution === null ? 'waits for an answer' : `answered ${who}: ${resolutionLabels[resolution]}`}`;
  const link = { url: `/admin/requests/${id}`, label: 'See the request' };
  return { at: requestedAt, title: 'Asked for a new link', text, tone: 'plain', link };
}

function consentEntry({ at, decision, minorName, guardianName, profileId }: ListedConsent): TimelineEntry {
  const [title, tone] = consentLabels[decision];
  const link = { url: `/admin/consents/${profileId}`, label: 'See the consent' };
  return { at, title, text: `for ${minorName || 'somebody who is gone'}, by ${guardianName}`, tone, link };
}

function membershipEntries({
  groupId,
  groupName,
  role,
  joinedAt,
  removedAt,
}: PersonMembership): TimelineEntry[] {
  const link = { url: `/admin/groups/${groupId}`, label: 'See the group' };
  const joined: TimelineEntry = {
    at: joinedAt,
    title: `Joined ${groupName}`,
    text: `as ${role}`,
    tone: 'good',
    link,
  };
  return removedAt === null
    ? [joined]
    : [
        joined,
        { at: removedAt, title: `Left ${groupName}, or was removed`, text: null, tone: 'plain', link },
      ];
}
