import type { Actor } from '../audit/audit.ts';
import { createGroup } from '../groups/group.ts';
import { listGroups } from '../groups/group-list.ts';

const samples = [
  { name: 'Alder Hill Chapter', description: 'Everybody who was at Alder Hill, and their friends.' },
  { name: 'Batch of 2008', description: 'Twenty years are coming up: who helps with the reunion?' },
] as const;

/** Two groups to invite people into; their first owners are still to be found. Where there is a group, none is added. */
export async function addSampleGroups(actor: Actor): Promise<void> {
  for (const state of ['open', 'archived'] as const) {
    const { items } = await listGroups({ search: '', state, cursor: null });
    if (items.length > 0) return;
  }
  for (const group of samples) await createGroup(group, actor);
}
