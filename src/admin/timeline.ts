import type { RecordedEvent } from '../audit/audit.ts';
import type { Invitation } from '../invitations/invitation.ts';
import { deliveryOf, type Message } from '../mail/messages.ts';

/** One thing that happened, as staff read it. */
export type Moment = Readonly<{
  at: Date;
  title: string;
  text: string | null;
  tone: 'plain' | 'good' | 'bad';
}>;

const titles: Readonly<Record<string, [title: string, tone: Moment['tone']]>> = {
  'invitation.created': ['Invited', 'plain'],
  'invitation.resent': ['New link made, older ones stopped working', 'plain'],
  'invitation.code-sent': ['Code for the mailbox asked for', 'plain'],
  'invitation.mailbox-proven': ['Mailbox proven by the code', 'good'],
  'invitation.accepted': ['Accepted', 'good'],
  'invitation.declined': ['Declined', 'bad'],
  'invitation.revoked': ['Revoked', 'bad'],
};

const mailNames: Readonly<Record<string, string>> = {
  invitation: 'Invitation mail',
  'mailbox-code': 'Mail with the code',
  welcome: 'Welcome mail',
};

const actors: Readonly<Record<RecordedEvent['actor'], string>> = {
  account: 'by an account that no longer exists',
  visitor: 'by the visitor',
  system: 'by itself',
  command: 'by a command on the server',
};

const reasons: Readonly<Record<string, string>> = {
  'not-me': 'the person said it is not for them',
  stop: 'the person asked us to stop writing',
  deceased: 'the person was reported to have died',
};

/** Everything that happened to an invitation, oldest first. */
export function timelineOf(invitation: Invitation, events: RecordedEvent[], messages: Message[]): Moment[] {
  const moments = [
    ...events.map(momentOfEvent),
    ...messages.flatMap((message) => momentsOfMessage(message, invitation.open)),
  ];
  if (invitation.status === 'expired') {
    moments.push({ at: invitation.expiresAt, title: 'Expired', text: null, tone: 'bad' });
  }
  return moments.sort((a, b) => a.at.getTime() - b.at.getTime());
}

function momentOfEvent({ at, action, actor, actorName, detail }: RecordedEvent): Moment {
  const [title, tone] = titles[action] ?? [action, 'plain' as const];
  const who = actorName === null ? actors[actor] : `by ${actorName}`;
  const reason = typeof detail.reason === 'string' ? detail.reason : '';
  const why = reason === '' ? '' : `: ${reasons[reason] ?? reason}`;
  return { at, title, text: `${who}${why}`, tone };
}

function momentsOfMessage(message: Message, open: boolean): Moment[] {
  const name = mailNames[message.template] ?? 'Mail';
  const to = `to ${message.recipient}`;
  const moments: Moment[] = [];
  if (message.sentAt)
    moments.push({ at: message.sentAt, title: `${name} handed to the mail server`, text: to, tone: 'good' });
  if (message.bouncedAt) {
    moments.push({
      at: message.bouncedAt,
      title: `${name} refused by the receiving server`,
      text: message.lastError,
      tone: 'bad',
    });
  }
  if (message.failedAt) {
    moments.push({ at: message.failedAt, title: `${name} given up`, text: message.lastError, tone: 'bad' });
  }
  if (message.droppedAt) {
    moments.push({
      at: message.droppedAt,
      title: `${name} not sent`,
      text: 'it was no longer due',
      tone: 'plain',
    });
  }
  if (deliveryOf(message) === 'waiting' && open) {
    const text = message.lastError ?? 'it goes out within moments';
    moments.push({ at: message.queuedAt, title: `${name} waits to be sent`, text, tone: 'plain' });
  }
  return moments;
}
