import type { RecordedEvent } from '../audit/audit.ts';
import type { CaseFile } from '../invitations/case-file.ts';
import type { Message } from '../mail/messages.ts';
import { date, dateTime } from '../web/view.ts';
import { momentsOfMessage } from './mail-moments.ts';
import { momentOfVisits } from './visit-moments.ts';

/** One thing that happened, as staff read it. */
export type Moment = Readonly<{
  at: Date;
  title: string;
  text: string | null;
  tone: 'plain' | 'good' | 'bad';
  /** Where more about it stands. */
  link?: Readonly<{ url: string; label: string }>;
}>;

type Words = readonly [title: string, tone: Moment['tone']];

const titles: Readonly<Record<string, Words>> = {
  'invitation.created': ['Invited', 'plain'],
  'invitation.resent': ['New link made, older ones stopped working', 'plain'],
  'invitation.extended': ['Given more time', 'plain'],
  'invitation.address-corrected': ['Address corrected, older links stopped working', 'plain'],
  'invitation.group-added': ['A group was added, which is joined by accepting', 'plain'],
  'invitation.watched': ['The inviter asked to be told by mail', 'plain'],
  'invitation.unwatched': ['The inviter no longer wants to be told', 'plain'],
  'invitation.code-sent': ['Code for the mailbox asked for', 'plain'],
  'invitation.mailbox-proven': ['Mailbox proven by the code', 'good'],
  'invitation.accepted': ['Accepted', 'good'],
  'invitation.declined': ['Declined', 'bad'],
  'invitation.decline-undone': ['Decline undone', 'good'],
  'invitation.revoked': ['Revoked', 'bad'],
  'invitation.age-blocked': ['Blocked: too young', 'bad'],
  'invitation.reopened': ['Reopened', 'plain'],
};

const makesLink = /^invitation\.(created|resent|address-corrected)$/;

const actors: Readonly<Record<RecordedEvent['actor'], string>> = {
  account: 'by an account that no longer exists',
  visitor: 'by the visitor',
  system: 'by itself',
  command: 'by a command on the server',
};

const reasons: Readonly<Record<string, string>> = {
  'not-me': 'the person said it is not for them',
  'rather-not': 'the person would rather not join',
  stop: 'the person asked us to stop writing',
  deceased: 'the person was reported to have died',
};

/** Everything that happened to an invitation, oldest first. Only administrators are led to accounts. */
export function timelineOf(file: CaseFile, isAdmin: boolean): Moment[] {
  const { invitation, events, messages, visits, wishes } = file;
  const moments = [
    ...events.map((event) => momentOfEvent(event, file, isAdmin)),
    ...messages.flatMap((message) =>
      momentsOfMessage({ ...message.get(), queuedAt: queuedBy(message, events) }, invitation.open),
    ),
    ...visits.map(momentOfVisits),
    ...wishes.map(momentOfWish),
  ];
  if (invitation.status === 'expired') {
    moments.push({ at: invitation.expiresAt, title: 'Expired', text: null, tone: 'bad' });
  }
  return moments.sort((a, b) => a.at.getTime() - b.at.getTime());
}

// A mail is queued by the act that makes its link, as one with it; the clock of the act's event runs on meanwhile.
function queuedBy({ queuedAt }: Message, events: readonly RecordedEvent[]): Date {
  const act = events.find(({ action, at }) => makesLink.test(action) && at >= queuedAt);
  return act?.at ?? queuedAt;
}

function momentOfEvent(event: RecordedEvent, file: CaseFile, isAdmin: boolean): Moment {
  const { at, action, actor, actorName } = event;
  const [title, tone] = titles[action] ?? [action, 'plain' as const];
  const who = actorName === null ? actors[actor] : `by ${actorName}`;
  const more =
    action === 'invitation.accepted' && file.member ? `the account of ${file.member.name}` : detailOf(event);
  const moment: Moment = { at, title, text: more === '' ? who : `${who}: ${more}`, tone };
  return { ...moment, ...linkOf(action, file, isAdmin) };
}

/** What an event adds: its reason, its new date, how the link goes out. */
function detailOf({ action, detail }: RecordedEvent): string {
  const { reason, expiresAt, delivery } = detail;
  if (typeof reason === 'string') return reasons[reason] ?? reason;
  if (action === 'invitation.extended' && typeof expiresAt === 'string')
    return `valid until ${date(new Date(expiresAt))}`;
  if (delivery === 'link') return 'a link to hand on';
  return delivery === 'mail' ? 'a link by mail' : '';
}

function linkOf(action: string, { invitation, member }: CaseFile, isAdmin: boolean): Pick<Moment, 'link'> {
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

function momentOfWish({ askedAt, lastAskedAt, times }: CaseFile['wishes'][number]): Moment {
  const text = times === 1 ? null : `${times} times, last on ${dateTime(lastAskedAt)}`;
  return { at: askedAt, title: 'Asked for a new link', text, tone: 'plain' };
}
