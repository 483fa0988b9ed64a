import { Conditions } from '../platform/db/paging.ts';
import { searchCondition } from '../platform/db/search.ts';

/** SQL condition on `alumni_members m`: an account has claimed the record. */
export const isClaimedSql = 'exists (select from profiles p where p.alumni_member_id = m.id)';

const stateFilters = {
  active: `m.state = 'active'`,
  inactive: `m.state = 'inactive'`,
  deceased: `m.state = 'deceased'`,
  claimed: isClaimedSql,
  unclaimed: `m.state = 'active' and not ${isClaimedSql}`,
  merged: `m.state = 'merged'`,
} as const;

/** `claimed`: an account has claimed the record. `unclaimed`: the record is active and nobody has claimed it. */
export type RecordStateFilter = keyof typeof stateFilters;

const missingFieldFilters = { email: 'm.email is null', 'year-of-birth': 'm.year_of_birth is null' } as const;
export type MissingField = keyof typeof missingFieldFilters;

export type RecordFilter = Readonly<{
  /** Parts of the name, the address or the external id. */
  search: string;
  batch: number | null;
  center: string | null;
  state: RecordStateFilter | null;
  missing: MissingField | null;
}>;

export const emptyRecordFilter: RecordFilter = {
  search: '',
  batch: null,
  center: null,
  state: null,
  missing: null,
};

/** The expression of the index that orders by batch. */
export const BATCH_SQL = 'coalesce(m.batch, 0)';

/** Translates a filter to conditions on `alumni_members m`. */
export function recordConditions({ search, batch, center, state, missing }: RecordFilter): Conditions {
  const conditions = new Conditions();
  if (search !== '')
    conditions.and(searchCondition('m.search_text', search, (value) => conditions.bindValue(value)));
  if (batch !== null) conditions.and(`${BATCH_SQL} = ?::int`, batch);
  if (center !== null) conditions.and('m.center = ?', center);
  if (state !== null) conditions.and(stateFilters[state]);
  if (missing !== null) conditions.and(missingFieldFilters[missing]);
  return conditions;
}

export function isRecordStateFilter(text: string): text is RecordStateFilter {
  return Object.hasOwn(stateFilters, text);
}

export function isMissingField(text: string): text is MissingField {
  return Object.hasOwn(missingFieldFilters, text);
}
