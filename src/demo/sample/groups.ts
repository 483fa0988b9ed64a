import { createGroup, type GroupRole } from '../../groups/group.ts';
import { redeemGroupLink } from '../../groups/join-by-link.ts';
import { generateGroupLink } from '../../groups/link.ts';
import { requestGroupInvitation } from '../../invitations/requests/group-invitation-request.ts';
import { actingAs } from '../../platform/audit/audit.ts';
import type { SamplePerson } from './people.ts';
import type { SampleGroup } from './sample-group.ts';
import { DAY, HOUR, MINUTE } from './simulated-time.ts';
import { type SampleInvitee, type Simulation, staffActor, visitorActor } from './simulation.ts';

const MAX_JOINING = 10;
const MAX_PENDING = 3;
// Of those who belong to no group, one in so many joins each by a link of its owner.
const JOIN_ONE_IN = 6;
const LINK = { role: 'member', hours: 24 } as const;

const samples = [
  {
    name: 'Alder Hill Chapter',
    description: 'Everybody who was at Alder Hill, and their friends.',
    belongs: ({ center }: SamplePerson) => center === 'Alder Hill',
  },
  {
    name: 'Batch of 2008',
    description: 'Twenty years are coming up: who helps with the reunion?',
    belongs: ({ batch }: SamplePerson) => batch !== null && Math.abs(batch - 2008) <= 4,
  },
];

export async function createSampleGroups(adminId: string): Promise<SampleGroup[]> {
  const groups: SampleGroup[] = [];
  for (const { belongs, ...details } of samples) {
    const { id } = await createGroup(details, staffActor(adminId));
    groups.push({ id, belongs, joiningCount: 0, pendingCount: 0, ownerId: null });
  }
  return groups;
}

/** The place that an invitation gives: the first two who join a group run it. */
export function chooseGroup(
  { groups }: Simulation,
  { kind, people: [eldest] }: SampleInvitee,
  outcome: string,
): { id: string; role: GroupRole } | null {
  const counter = outcome === 'accepted' ? 'joiningCount' : 'pendingCount';
  const max = counter === 'joiningCount' ? MAX_JOINING : MAX_PENDING;
  if (kind !== 'adult' || !eldest || (counter === 'pendingCount' && outcome !== 'pending')) return null;
  const group = groups.find((candidate) => candidate.belongs(eldest) && candidate[counter] < max);
  if (!group) return null;
  const rank = group[counter]++;
  const role = counter === 'pendingCount' || rank > 1 ? 'member' : rank === 0 ? 'owner' : 'admin';
  return { id: group.id, role };
}

/** Lets some members join by a one-time link of the group's owner. */
export function maybeJoinByLink(
  simulation: Simulation,
  accountId: string,
  index: number,
  registeredAt: number,
): void {
  const group = simulation.groups[index % JOIN_ONE_IN];
  if (!group?.ownerId) return;
  const owner = actingAs(group.ownerId, visitorActor(simulation.random));
  const madeAt = registeredAt + 20 * HOUR;
  simulation.at(madeAt, async () => {
    const { linkId } = await generateGroupLink(group.id, LINK, owner);
    simulation.at(madeAt + (1 + (index % 4)) * HOUR, () =>
      redeemGroupLink(linkId, group.id, actingAs(accountId, visitorActor(simulation.random))),
    );
  });
}

/** What owners do in these days: ask the office to invite somebody, and make a link that nobody has used yet. */
export function simulateGroupOwners(simulation: Simulation, requestedAddresses: readonly string[]): void {
  for (const [index, group] of simulation.groups.entries()) {
    const asOwner = (does: (owner: ReturnType<typeof staffActor>) => Promise<unknown>) => async () => {
      if (group.ownerId) await does(actingAs(group.ownerId, visitorActor(simulation.random)));
    };
    const email = requestedAddresses[index];
    if (email)
      simulation.at(
        simulation.now - DAY - (2 + index) * HOUR,
        asOwner((owner) => requestGroupInvitation(group.id, email, 'member', owner)),
      );
    simulation.at(
      simulation.now - (40 + index) * MINUTE,
      asOwner((owner) => generateGroupLink(group.id, LINK, owner)),
    );
  }
}
