import { holdsPart, SHORTEST_PART, type Way } from '../search.ts';

const standings = {
  active: `m.state = 'active'`,
  inactive: `m.state = 'inactive'`,
  deceased: `m.state = 'deceased'`,
  claimed: 'm.claimed',
  unclaimed: `m.state = 'active' and not m.claimed`,
  merged: `m.state = 'merged'`,
} as const;

/** `claimed`: an account says who this is; `unclaimed`: an active record that nobody has claimed. */
export type Standing = keyof typeof standings;

const gaps = { address: 'm.email is null', birth: 'm.year_of_birth is null' } as const;
/** What the office doesn't know. */
export type Gap = keyof typeof gaps;

/** Which records are meant. */
export type RecordFilter = Readonly<{
  /** Part of a name, an address or an external id; one or two characters are the beginning of a last name. */
  search: string;
  batch: number | null;
  center: string | null;
  standing: Standing | null;
  without: Gap | null;
}>;

export type Conditions = Readonly<{ where: string[]; bind: unknown[] }>;

/** The batch as lists are ordered by it. */
export const BATCH = 'coalesce(m.batch, 0)';

/** A filter as conditions on `alumni_members m`. `way`: how what is searched for is found. */
export function conditionsOf(
  { search, batch, center, standing, without }: RecordFilter,
  way?: Way,
): Conditions {
  const { where, bind } = searchConditions(search, way);
  if (batch !== null) where.push(`${BATCH} = $${bind.push(batch)}::int`);
  if (center !== null) where.push(`m.center = $${bind.push(center)}`);
  if (standing !== null) where.push(standings[standing]);
  if (without !== null) where.push(gaps[without]);
  return { where, bind };
}

/** A search alone as conditions. */
export function searchConditions(search: string, way?: Way): Conditions {
  if (search === '') return { where: [], bind: [] };
  if (search.length >= SHORTEST_PART) {
    const bind: unknown[] = [];
    return { where: [holdsPart('m', search, (value) => `$${bind.push(value)}`, way)], bind };
  }
  const beginning = search.charAt(0).toUpperCase() + search.slice(1);
  return {
    where: ['(m.last_name >= $1 and m.last_name < $2 or m.external_id = $3)'],
    bind: [beginning, `${beginning}\u{10ffff}`, search],
  };
}

export function isStanding(text: string): text is Standing {
  return Object.hasOwn(standings, text);
}

export function isGap(text: string): text is Gap {
  return Object.hasOwn(gaps, text);
}
