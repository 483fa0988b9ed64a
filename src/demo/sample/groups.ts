import { createGroup, type GroupRole } from '../../groups/group.ts';
import { redeemGroupLink } from '../../groups/join-by-link.ts';
import { generateGroupLink } from '../../groups/link.ts';
import { requestGroupInvitation } from '../../invitations/requests/group-invitation-request.ts';
import { type Actor, actingAs } from '../../platform/audit/audit.ts';
import type { SamplePerson } from './people.ts';
import { DAY, HOUR, MINUTE } from './simulated-time.ts';
import {
  type SampleGroup,
  type SampleInvitee,
  type Simulation,
  staffActor,
  visitorActor,
} from './simulation.ts';

const MAX_JOINING = 10;
const MAX_PENDING = 3;
// Of the members without a group, one in six joins each group by a link.
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

/** Chooses the group and role of an invitation. The first two to join become owner and admin. */
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

/** Makes some members join a group by a one-time link from its owner. */
export function maybeJoinByLink(
  simulation: Simulation,
  accountId: string,
  index: number,
  registeredAt: number,
): void {
  const group = simulation.groups[index % JOIN_ONE_IN];
  if (!group?.ownerId) return;
  const owner = actingAs(group.ownerId, visitorActor(simulation.random));
  const createdAt = registeredAt + 20 * HOUR;
  simulation.at(createdAt, async () => {
    const { linkId } = await generateGroupLink(group.id, LINK, owner);
    simulation.at(createdAt + (1 + (index % 4)) * HOUR, () =>
      redeemGroupLink(linkId, group.id, actingAs(accountId, visitorActor(simulation.random))),
    );
  });
}

/** Recent actions of group owners: a request to invite someone, and a link that is still unused. */
export function simulateGroupOwners(simulation: Simulation, requestedAddresses: readonly string[]): void {
  for (const [index, group] of simulation.groups.entries()) {
    const asOwner = (action: (owner: Actor) => Promise<unknown>) => async () => {
      if (group.ownerId) await action(actingAs(group.ownerId, visitorActor(simulation.random)));
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
