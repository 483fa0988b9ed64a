import type { DeclineReason, Delivery } from '../invitations/invitation.ts';
import type { Household, Households } from './sample-households.ts';
import { DAY, HOUR, MINUTE, morningOf } from './sample-past.ts';
import type { Chance } from './sample-random.ts';
import { type Ending, endings, type Wave, waves } from './sample-waves.ts';

/** What became of one invitation, and when. */
export type Story = Readonly<{
  household: Household;
  ending: Ending;
  delivery: Delivery;
  message: string | null;
  createdAt: Date;
  /** When it was sent again because its holder asked for a new link. */
  resentAt: Date | null;
  expiresAt: Date;
  openedAt: Date | null;
  /** When it was accepted, revoked, declined. */
  endedAt: Date | null;
  reason: string | null;
  device: string;
  /** Whether a program looked at the mail's link before anybody did. */
  isScanned: boolean;
  /** Whether somebody opened the link when it was too late. */
  isOpenedLate: boolean;
  /** Whether the registration form was sent with a password that is too short. */
  hasFormError: boolean;
}>;

type Told = Pick<Story, 'openedAt' | 'endedAt' | 'reason'> & { resentAt?: Date };

export const VALID_DAYS = 7;

const devices = [
  'Chrome on Windows',
  'Safari on iPhone',
  'Chrome on Android',
  'Firefox on Windows',
  'Safari on Mac',
  'Edge on Windows',
  'Firefox on Linux',
] as const;
const message = 'Dear alumni, our new community is open. We would be glad to see you there.';
const declines: readonly DeclineReason[] = ['not-me', 'stop', 'deceased'];
const revocations = [
  'Asked by phone not to be invited this year',
  'Uses another address now and was invited there',
  'The address belongs to a former employer',
  'Sent by mistake: the person is abroad until spring',
] as const;

/** All invitations of the campaign, the earliest first. */
export function sampleStories({ families, adults, minors }: Households, chance: Chance, now: Date): Story[] {
  const others = [...adults];
  const registering = [...others.splice(0, 66), ...families];
  const young = minors.slice(0, 2);
  others.push(...minors.slice(2));
  const stories: Story[] = [];
  const tell = (household: Household, ending: Ending, createdAt: Date) => {
    const nth = stories.filter((story) => story.ending === ending).length;
    stories.push(storyOf(household, { ending, createdAt, nth, turn: stories.length, chance, now }));
  };
  for (const wave of waves) {
    let at = morningOf(now, wave.daysAgo) + chance.between(20, 70) * MINUTE;
    for (const ending of inOneOrder(wave.endings)) {
      const household =
        ending !== 'accepted'
          ? others.pop()
          : (wave.hasYoung && young.pop()) || spreadOut(registering, stories.length);
      if (!household) continue;
      tell(household, ending, new Date(at));
      at += chance.between(40, 170) * 1000;
    }
  }
  // Those that end within a day were sent at any hour of the day a week ago.
  for (const hoursLeft of [3, 9, 15, 22]) {
    const household = others.pop();
    const createdAt = new Date(now.getTime() + hoursLeft * HOUR - VALID_DAYS * DAY - 7 * MINUTE);
    if (household) tell(household, 'pending', createdAt);
  }
  return stories.sort((one, other) => one.createdAt.getTime() - other.createdAt.getTime());
}

// Families and others in turn, from both ends of the list.
function spreadOut(list: Household[], turn: number): Household | undefined {
  return turn % 3 === 0 ? list.pop() : list.shift();
}

function inOneOrder(counts: Wave['endings']): Ending[] {
  const left = endings.map((ending) => ({
    ending,
    count: counts[ending] ?? 0,
    every: counts[ending] ?? 0,
  }));
  const list: Ending[] = [];
  // The one of which the largest share is still to come.
  for (;;) {
    const [next] = left
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count / b.every - a.count / a.every);
    if (!next) return list;
    next.count -= 1;
    list.push(next.ending);
  }
}

type Given = Readonly<{
  ending: Ending;
  createdAt: Date;
  /** How many of this ending there were before. */
  nth: number;
  /** How many of all. */
  turn: number;
  chance: Chance;
  now: Date;
}>;

/** Which of an ending got no mail, but a link that somebody handed on. */
const handedOn: Readonly<Partial<Record<Ending, number>>> = { accepted: 7, expired: 4, pending: 6 };

function storyOf(household: Household, given: Given): Story {
  const { ending, createdAt, nth, turn } = given;
  const told = tellers[ending](given);
  const sentAt = told.resentAt ?? createdAt;
  const isHandedOn = nth === handedOn[ending];
  return {
    household,
    ending,
    delivery: isHandedOn ? 'link' : 'mail',
    message: turn % 4 === 0 ? message : null,
    createdAt,
    expiresAt: after(sentAt, VALID_DAYS * DAY),
    device: devices[turn % devices.length] ?? devices[0],
    isScanned: turn % 6 === 1,
    isOpenedLate: ending === 'expired' && nth % 5 === 2,
    hasFormError:
      told.openedAt !== null &&
      (ending === 'accepted' ? nth % 13 === 5 : ending === 'pending' && nth % 8 === 0),
    ...told,
    resentAt: told.resentAt ?? null,
  };
}

const after = (start: Date, milliseconds: number) => new Date(start.getTime() + milliseconds);

const tellers: Readonly<Record<Ending, (given: Given) => Told>> = {
  accepted({ createdAt, nth, chance, now }) {
    const asksAgain = nth % 11 === 4 && now.getTime() - createdAt.getTime() > 14 * DAY;
    const sentAt = asksAgain ? after(createdAt, (9 + (nth % 3)) * DAY + 5 * HOUR) : createdAt;
    // Most come on the same day, others by day in the days after, some once they are reminded.
    const latest = Math.min(VALID_DAYS * DAY - HOUR, now.getTime() - sentAt.getTime() - HOUR);
    const soon = chance.between(12, 600) * MINUTE + chance.between(0, 59) * 1000;
    const later = chance.between(1, 5) * DAY + chance.between(-60, 720) * MINUTE;
    const delay = later < latest && chance.often(0.5) ? later : Math.min(latest, soon);
    const openedAt = after(sentAt, delay - chance.between(3, 9) * MINUTE);
    return { openedAt, endedAt: after(sentAt, delay), reason: null, ...(asksAgain && { resentAt: sentAt }) };
  },
  expired: ({ createdAt, nth, chance }) => ({
    openedAt: nth % 3 === 0 ? after(createdAt, chance.between(1, 140) * HOUR) : null,
    endedAt: null,
    reason: null,
  }),
  pending: ({ createdAt, nth, chance, now }) => ({
    openedAt:
      nth % 2 === 0
        ? after(createdAt, (chance.between(1_000, 9_000) / 10_000) * (now.getTime() - createdAt.getTime()))
        : null,
    endedAt: null,
    reason: null,
  }),
  revoked: ({ createdAt, nth, chance }) => ({
    openedAt: nth % 2 === 0 ? after(createdAt, chance.between(20, 200) * MINUTE) : null,
    endedAt: after(createdAt, chance.between(22, 50) * HOUR),
    reason: revocations[nth % revocations.length] ?? null,
  }),
  declined({ createdAt, nth, chance }) {
    const endedAt = after(createdAt, chance.between(1, 40) * HOUR);
    return {
      openedAt: after(endedAt, -2 * MINUTE),
      endedAt,
      reason: declines[nth % declines.length] ?? null,
    };
  },
  bounced: () => ({ openedAt: null, endedAt: null, reason: null }),
  failed: () => ({ openedAt: null, endedAt: null, reason: null }),
};
