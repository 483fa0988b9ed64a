import { Conditions } from '../paging.ts';
import { matchesSearch } from '../search.ts';

/** Whether any account has claimed a record, as a condition on `alumni_members m`. */
export const isClaimedSql = 'exists (select from profiles p where p.alumni_member_id = m.id)';

const standings = {
  active: `m.state = 'active'`,
  inactive: `m.state = 'inactive'`,
  deceased: `m.state = 'deceased'`,
  claimed: isClaimedSql,
  unclaimed: `m.state = 'active' and not ${isClaimedSql}`,
  merged: `m.state = 'merged'`,
} as const;

/** `claimed`: an account says who this is; `unclaimed`: an active record that nobody has claimed. */
export type Standing = keyof typeof standings;

const gaps = { address: 'm.email is null', birth: 'm.year_of_birth is null' } as const;
/** What the office doesn't know. */
export type Gap = keyof typeof gaps;

/** Which records are meant. */
export type RecordFilter = Readonly<{
  /** Words of a name or an address, or an external id. */
  search: string;
  batch: number | null;
  center: string | null;
  standing: Standing | null;
  without: Gap | null;
}>;

export const noFilter: RecordFilter = {
  search: '',
  batch: null,
  center: null,
  standing: null,
  without: null,
};

/** The batch as lists are ordered by it. */
export const BATCH = 'coalesce(m.batch, 0)';

/** A filter as conditions on `alumni_members m`. */
export function conditionsOf({ search, batch, center, standing, without }: RecordFilter): Conditions {
  const conditions = new Conditions();
  if (search !== '')
    conditions.and(matchesSearch('m.search_text', search, (value) => conditions.value(value)));
  if (batch !== null) conditions.and(`${BATCH} = ?::int`, batch);
  if (center !== null) conditions.and('m.center = ?', center);
  if (standing !== null) conditions.and(standings[standing]);
  if (without !== null) conditions.and(gaps[without]);
  return conditions;
}

export function isStanding(text: string): text is Standing {
  return Object.hasOwn(standings, text);
}

export function isGap(text: string): text is Gap {
  return Object.hasOwn(gaps, text);
}
