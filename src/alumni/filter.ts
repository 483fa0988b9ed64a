import { anywhere } from '../keyset.ts';

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

/** What a search looks into: `alumni_members m`, with a trigram index. */
export const PARTS = `(m.first_name || ' ' || m.last_name || ' ' || coalesce(m.email::text, '') || ' ' || m.external_id)`;
/** Shorter ones have no trigram. */
export const SHORTEST_PART = 3;
/** The batch as lists are ordered by it. */
export const BATCH = 'coalesce(m.batch, 0)';

/** A filter as conditions on `alumni_members m`. */
export function conditionsOf({ search, batch, center, standing, without }: RecordFilter): Conditions {
  const { where, bind } = searchConditions(search);
  if (batch !== null) where.push(`${BATCH} = $${bind.push(batch)}::int`);
  if (center !== null) where.push(`m.center = $${bind.push(center)}`);
  if (standing !== null) where.push(standings[standing]);
  if (without !== null) where.push(gaps[without]);
  return { where, bind };
}

/** A search alone as conditions. */
export function searchConditions(search: string): Conditions {
  if (search === '') return { where: [], bind: [] };
  if (search.length >= SHORTEST_PART) return { where: [`${PARTS} ilike $1`], bind: [anywhere(search)] };
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
