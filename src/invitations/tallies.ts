import { row } from '../database.ts';

const A_CHUNK = 20_000;

/** The worker's part in the tallies: moves what changed into them. A figure is the same before and after. */
export async function foldTallies(): Promise<void> {
  for (let folded = A_CHUNK; folded === A_CHUNK; ) {
    const done = await row<{ folded: number }>('select fold_invitation_tallies($1) as folded', [A_CHUNK]);
    folded = done?.folded ?? 0;
  }
}
