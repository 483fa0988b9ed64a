import type { Household } from './sample-households.ts';
import type { Told } from './sample-letters.ts';
import { atTheOffice, DAY, HOUR, MINUTE, type PastEvent, type Row } from './sample-past.ts';

/** "Send me a new link", with what was answered. The rows have their ids. */
export type Requests = Readonly<{ rows: Row[]; events: PastEvent[] }>;

export const ANSWERED_BY_STAFF = 2;
export const WAITING = 5;

type Given = Readonly<{
  /** Invitations that were sent again because somebody asked. */
  resent: readonly Told[];
  /** Addresses of the register that nobody has invited. */
  uninvited: readonly Household[];
  accepted: readonly Told[];
  revoked: readonly Told[];
  supportId: string;
  now: Date;
}>;

/** @param ids as many as `resent`, answered and waiting ones together, the earliest first */
export function requestsOf(given: Given, ids: readonly string[]): Requests {
  const { resent, supportId, now } = given;
  const left = [...ids];
  const next = () => left.shift() ?? '';
  const events: PastEvent[] = [];
  const list: Row[] = [];
  for (const { id: invitationId, story } of resent) {
    const id = next();
    const at = story.resentAt ?? story.createdAt;
    list.push({
      ...request(id, story.household.email, new Date(at.getTime() - 1_500)),
      answered_at: at,
      answer: 'resent',
      invitation_id: invitationId,
    });
    const about = {
      action: 'invitation-request.answered',
      subject: 'invitation-request',
      subjectId: id,
    } as const;
    events.push({ ...about, at, actor: 'system', detail: { invitationId } });
  }
  for (const [place, { email, reason }] of dismissed.entries()) {
    const id = next();
    const asked = new Date(now.getTime() - (20 - place * 9) * DAY);
    const at = new Date(asked.getTime() + 7 * HOUR);
    const answer = { answered_at: at, answer: 'dismissed', answered_by: supportId, dismissed_reason: reason };
    list.push({ ...request(id, email, asked), ...answer });
    const about = {
      action: 'invitation-request.dismissed',
      subject: 'invitation-request',
      subjectId: id,
    } as const;
    events.push({
      ...about,
      ...atTheOffice(),
      at,
      actor: 'account',
      accountId: supportId,
      detail: { reason },
    });
  }
  for (const [place, email] of waitingAddresses(given).entries())
    list.push(
      request(
        next(),
        email,
        new Date(now.getTime() - (52 - place * 11) * HOUR - 13 * MINUTE),
        place === 1 ? 3 : 1,
      ),
    );
  return { rows: list, events };
}

const dismissed = [
  { email: 'reunion.rooms@example.org', reason: 'A hotel that wanted to advertise' },
  { email: 'friend.of.a.friend@example.org', reason: 'Was never with us, as she wrote herself' },
] as const;

// What isn't answered by itself: nobody invited, a slip, an invitation taken back, an account that is there already.
function waitingAddresses({ uninvited, accepted, revoked }: Given): string[] {
  const slipped = accepted.at(-4)?.story.household.email.replace(/^(.)./, '$1');
  return [
    uninvited[0]?.email,
    slipped,
    revoked.at(-1)?.story.household.email,
    uninvited[1]?.email,
    accepted[2]?.story.household.email,
  ].flatMap((email) => email ?? []);
}

function request(id: string, email: string, askedAt: Date, times = 1): Row {
  const lastAskedAt = new Date(askedAt.getTime() + (times - 1) * 4 * HOUR);
  return {
    id,
    email,
    asked_at: askedAt,
    last_asked_at: lastAskedAt,
    times,
    answered_at: null,
    answer: null,
    answered_by: null,
    dismissed_reason: null,
    invitation_id: null,
  };
}
