import { rows } from '../database.ts';

export type Choice = Readonly<{ id: string; name: string }>;

/** What lists can be narrowed to, besides what has fixed values. */
export type FilterChoices = Readonly<{ centers: string[]; groups: Choice[]; inviters: Choice[] }>;

const MOST_CHOICES = 300;

/** The centers and inviters that invitations have, and the groups, by name. Reads an index, never the table. */
export async function filterChoices(): Promise<FilterChoices> {
  const centers = await rows<{ center: string }>(
    `${differentValues('center')} order by 1 limit ${MOST_CHOICES}`,
  );
  const inviters = await rows<Choice>(
    `select a.id, a.name from (${differentValues('invited_by')}) i join accounts a on a.id = i.invited_by
     order by a.name, a.id limit ${MOST_CHOICES}`,
  );
  const groups = await rows<Choice>(
    `select g.id, g.name from groups g order by lower(g.name), g.id limit ${MOST_CHOICES}`,
  );
  return { centers: centers.map(({ center }) => center), groups, inviters };
}

// Jumps along the index from one value to the next.
function differentValues(column: 'center' | 'invited_by'): string {
  const next = (after: string) =>
    `(select i.${column} from invitations i where i.${column} ${after} order by i.${column} limit 1)`;
  return `with recursive seen as (
      ${next('is not null')}
      union all select ${next(`> seen.${column}`)} from seen where seen.${column} is not null)
    select ${column} from seen where ${column} is not null`;
}
