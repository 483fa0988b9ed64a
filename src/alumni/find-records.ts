import { row } from '../database.ts';
import { type Cursor, type KeyColumn, type KeysetPage, keysetPage } from '../keyset.ts';
import { type Conditions, searchConditions } from './filter.ts';

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
/** So few are quicker read all and sorted than looked for along the index that has their order. */
const FEW = 2_000;

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
  const conditions = searchConditions(search);
  const ids = search === '' ? null : await allIfFew(conditions);
  return keysetPage<FoundRecord>({
    select: `m.id, m.external_id as "externalId", m.first_name as "firstName", m.last_name as "lastName", m.email,
      m.batch, m.center, m.year_of_birth as "yearOfBirth", m.active, m.deceased`,
    // "offset 0" keeps the planner from walking along the order after all.
    ...(ids
      ? {
          from: '(select * from alumni_members m where m.id = any($1::bigint[]) offset 0) m',
          where: [],
          bind: [ids],
        }
      : { from: 'alumni_members m', ...conditions }),
    order: search === '' ? byName : byId,
    descending: false,
    cursor,
    size,
  });
}

async function allIfFew({ where, bind }: Conditions): Promise<string[] | null> {
  const found = await row<{ ids: string[] | null }>(
    `with found as materialized (select m.id from alumni_members m where ${where.join(' and ')} limit ${FEW + 1})
     select case when count(*) <= ${FEW} then coalesce(array_agg(id), '{}') end as ids from found`,
    [...bind],
  );
  return found?.ids ?? null;
}
