import { rows } from '../database.ts';
import { distinctValues } from '../paging.ts';

export type Choice = Readonly<{ id: string; name: string }>;

/** What lists can be narrowed to, besides what has fixed values. */
export type FilterChoices = Readonly<{ centers: string[]; groups: Choice[]; inviters: Choice[] }>;

const MOST_CHOICES = 300;

/** The centers and inviters that invitations have, and the groups, by name. */
export async function filterChoices(): Promise<FilterChoices> {
  const centers = await distinctValues('invitations', 'center', MOST_CHOICES);
  const inviters = await rows<Choice>(
    'select a.id, a.name from accounts a where a.id = any($1::bigint[]) order by a.name, a.id',
    [await distinctValues('invitations', 'invited_by', MOST_CHOICES)],
  );
  const groups = await rows<Choice>(
    `select g.id, g.name from groups g order by lower(g.name), g.id limit ${MOST_CHOICES}`,
  );
  return { centers, groups, inviters };
}
