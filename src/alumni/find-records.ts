import type { Cursor, KeyColumn } from '../cursor.ts';
import { keysetPageOfHits } from '../few.ts';
import { type KeysetPage, type KeysetQuery, keysetPage } from '../keyset.ts';
import type { Way } from '../search.ts';
import { searchConditions } from './filter.ts';

export type FoundRecord = Readonly<{
  id: string;
  externalId: string;
  firstName: string;
  lastName: string;
  email: string | null;
  batch: number | null;
  center: string | null;
  yearOfBirth: number | null;
  active: boolean;
  deceased: boolean;
}>;

const byId: readonly KeyColumn[] = [{ sql: 'm.id', type: 'bigint' }];
const byName: readonly KeyColumn[] = [
  { sql: 'm.last_name', type: 'text' },
  { sql: 'm.first_name', type: 'text' },
  ...byId,
];
const FEW = 1_000;

/**
 * One page of the records of whatever state: all by name, what a search finds as it was added, since many of one name
 * stand together in the order of names. `search` is part of a name, an address or an external id; one or two letters are
 * the beginning of a last name.
 */
export async function findRecords(
  search: string,
  cursor: Cursor | null,
  size: number,
): Promise<KeysetPage<FoundRecord>> {
  const queryOf = (way?: Way): KeysetQuery & { joined: string } => ({
    ...searchConditions(search, way),
    select: `m.id, m.external_id as "externalId", m.first_name as "firstName", m.last_name as "lastName", m.email,
      m.batch, m.center, m.year_of_birth as "yearOfBirth", m.active, m.deceased`,
    from: 'alumni_members m',
    joined: 'join alumni_members m on m.id = page.id',
    order: search === '' ? byName : byId,
    descending: false,
    cursor,
    size,
  });
  const few =
    search === ''
      ? null
      : await keysetPageOfHits<FoundRecord>({ table: 'alumni_members', part: search }, queryOf, FEW);
  return few ?? keysetPage<FoundRecord>(queryOf());
}
