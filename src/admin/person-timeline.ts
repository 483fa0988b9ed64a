import type { RecordedConsent } from '../consent/record.ts';
import type { Answer } from '../invitations/invitation-request.ts';
import type { ListedRequest } from '../invitations/request-queue.ts';
import type { Membership, PersonFile } from '../office/person-file.ts';
import { titleOf } from './audit-words.ts';
import { momentsOfMessage } from './mail-moments.ts';
import { type Moment, timelineOf } from './timeline.ts';

const acts: Readonly<Record<RecordedConsent['act'], readonly [title: string, tone: Moment['tone']]>> = {
  granted: ['Consent granted', 'good'],
  renewed: ['Consent renewed', 'good'],
  refused: ['Consent refused', 'bad'],
  withdrawn: ['Consent withdrawn', 'bad'],
};

const answers: Readonly<Record<Answer, string>> = {
  resent: 'the invitation was sent again',
  invited: 'the address was invited',
  reset: 'a link for a new password was sent',
  dismissed: 'dismissed',
  confirmed: 'the person was marked as deceased',
  withdrawn: 'the person took it back',
};

const troubles = ['account.sign-in-failed', 'account.suspended'];

/** Everything that happened around a person, oldest first. Only administrators are led to accounts. */
export function personTimeline(file: PersonFile, isAdmin: boolean): Moment[] {
  return [
    ...file.invitations.flatMap((one) => momentsOfInvitation(one, isAdmin)),
    ...file.messages.flatMap((message) => momentsOfMessage(message, true)),
    ...file.requests.map(momentOfRequest),
    ...file.consents.map(momentOfConsent),
    ...file.memberships.flatMap(momentsOfMembership),
    ...file.events.map((event): Moment => {
      const tone = troubles.includes(event.action) ? 'bad' : 'plain';
      return { at: event.at, title: titleOf(event.action), text: event.actorName, tone };
    }),
  ].sort((one, other) => one.at.getTime() - other.at.getTime());
}

// The requests of the address are told once, not with each of its invitations.
function momentsOfInvitation(one: PersonFile['invitations'][number], isAdmin: boolean): Moment[] {
  const link = { url: `/admin/invitations/${one.invitation.id}`, label: 'See the invitation' };
  return timelineOf({ ...one, wishes: [] }, isAdmin).map((moment) =>
    moment.title === 'Invited' ? { ...moment, link } : moment,
  );
}

function momentOfRequest({ id, askedAt, times, answer, answerer }: ListedRequest): Moment {
  const often = times === 1 ? '' : `${times} times; `;
  const who = answerer === null ? 'by itself' : `by ${answerer}`;
  const text = `${often}${answer === null ? 'waits for an answer' : `answered ${who}: ${answers[answer]}`}`;
  const link = { url: `/admin/requests/${id}`, label: 'See the request' };
  return { at: askedAt, title: 'Asked for a new link', text, tone: 'plain', link };
}

function momentOfConsent({ at, act, young, guardianName, profileId }: RecordedConsent): Moment {
  const [title, tone] = acts[act];
  const link = { url: `/admin/consents/${profileId}`, label: 'See the consent' };
  return { at, title, text: `for ${young || 'somebody who is gone'}, by ${guardianName}`, tone, link };
}

function momentsOfMembership({ groupId, group, role, joinedAt, removedAt }: Membership): Moment[] {
  const link = { url: `/admin/groups/${groupId}`, label: 'See the group' };
  const joined: Moment = { at: joinedAt, title: `Joined ${group}`, text: `as ${role}`, tone: 'good', link };
  return removedAt === null
    ? [joined]
    : [joined, { at: removedAt, title: `Left ${group}, or was removed`, text: null, tone: 'plain', link }];
}
