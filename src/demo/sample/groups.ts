import { actingAs } from '../../accounts/guard.ts';
import { createGroup, type GroupRole } from '../../groups/group.ts';
import { redeem } from '../../groups/joining.ts';
import { generateLink } from '../../groups/link.ts';
import { wishInvited } from '../../invitations/group-wish.ts';
import type { Person } from './people.ts';
import { atDesk, atHome, type Guest, type Stage } from './stage.ts';
import { DAY, HOUR, MINUTE } from './time.ts';

/** A group, whom the office invites into it, and how many it has invited. */
export type Circle = {
  id: string;
  belongs: (person: Person) => boolean;
  joining: number;
  waiting: number;
  /** Once they have registered. */
  ownerId: string | null;
};

const JOINING = 10;
const WAITING = 3;
// Of those who belong to no group, one in so many joins each by a link of its owner.
const SHARE = 6;
const LINK = { role: 'member', hours: 24 } as const;

const samples = [
  {
    name: 'Alder Hill Chapter',
    description: 'Everybody who was at Alder Hill, and their friends.',
    belongs: ({ center }: Person) => center === 'Alder Hill',
  },
  {
    name: 'Batch of 2008',
    description: 'Twenty years are coming up: who helps with the reunion?',
    belongs: ({ batch }: Person) => batch !== null && Math.abs(batch - 2008) <= 4,
  },
];

export async function makeGroups(adminId: string): Promise<Circle[]> {
  const circles: Circle[] = [];
  for (const { belongs, ...details } of samples) {
    const { id } = await createGroup(details, atDesk(adminId));
    circles.push({ id, belongs, joining: 0, waiting: 0, ownerId: null });
  }
  return circles;
}

/** The place that an invitation gives: the first two who join a group run it. */
export function placeFor(
  { circles }: Stage,
  { as, people: [eldest] }: Guest,
  ending: string,
): { id: string; role: GroupRole } | null {
  const which = ending === 'accepted' ? 'joining' : 'waiting';
  const most = which === 'joining' ? JOINING : WAITING;
  if (as !== 'adult' || !eldest || (which === 'waiting' && ending !== 'pending')) return null;
  const circle = circles.find((one) => one.belongs(eldest) && one[which] < most);
  if (!circle) return null;
  const rank = circle[which]++;
  const role = which === 'waiting' || rank > 1 ? 'member' : rank === 0 ? 'owner' : 'admin';
  return { id: circle.id, role };
}

/** Lets some members join by a one-time link of the group's owner. */
export function mayJoin(stage: Stage, accountId: string, turn: number, registeredAt: number): void {
  const circle = stage.circles[turn % SHARE];
  if (!circle?.ownerId) return;
  const owner = actingAs(circle.ownerId, atHome(stage.chance));
  const madeAt = registeredAt + 20 * HOUR;
  stage.at(madeAt, async () => {
    const { linkId } = await generateLink(circle.id, LINK, owner);
    stage.at(madeAt + (1 + (turn % 4)) * HOUR, () =>
      redeem(linkId, circle.id, actingAs(accountId, atHome(stage.chance))),
    );
  });
}

/** What owners do in these days: ask the office to invite somebody, and make a link that nobody has used yet. */
export function runGroups(stage: Stage, wished: readonly string[]): void {
  for (const [place, circle] of stage.circles.entries()) {
    const as = (does: (owner: ReturnType<typeof atDesk>) => Promise<unknown>) => async () => {
      if (circle.ownerId) await does(actingAs(circle.ownerId, atHome(stage.chance)));
    };
    const email = wished[place];
    if (email)
      stage.at(
        stage.now - DAY - (2 + place) * HOUR,
        as((owner) => wishInvited(circle.id, email, 'member', owner)),
      );
    stage.at(
      stage.now - (40 + place) * MINUTE,
      as((owner) => generateLink(circle.id, LINK, owner)),
    );
  }
}
