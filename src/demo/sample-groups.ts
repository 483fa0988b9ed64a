import { inTransaction, row } from '../database.ts';
import { groupEvent } from './sample-circles.ts';
import { DAY, foundedAt, insertEvents, insertRows, MINUTE, takeIds } from './sample-past.ts';

const samples = [
  { name: 'Alder Hill Chapter', description: 'Everybody who was at Alder Hill, and their friends.' },
  { name: 'Batch of 2008', description: 'Twenty years are coming up: who helps with the reunion?' },
] as const;

/**
 * Two groups to invite people into, made by the office when it began. Where there is a group, open or archived, none is
 * added.
 */
export function addSampleGroups(adminId: string): Promise<void> {
  return inTransaction(async () => {
    if (await row('select 1 from groups limit 1', [])) return;
    const ids = await takeIds('groups', samples.length);
    const made = samples.map((group, place) => ({
      ...group,
      id: ids[place] ?? '',
      created_at: new Date(foundedAt().getTime() + DAY + place * 2 * MINUTE),
      created_by: adminId,
    }));
    await insertRows('groups', made);
    await insertEvents(made.map(({ id, created_at }) => groupEvent(id, created_at, adminId)));
  });
}
