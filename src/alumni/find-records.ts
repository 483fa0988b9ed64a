import { anywhere, type Cursor, type KeysetPage, keysetPage } from '../keyset.ts';

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

/** One page of the records of whatever state, by name. `search` is part of a name or an address, or an external id. */
export function findRecords(
  search: string,
  cursor: Cursor | null,
  size: number,
): Promise<KeysetPage<FoundRecord>> {
  const parts = `(m.first_name || ' ' || m.last_name || ' ' || coalesce(m.email::text, ''))`;
  return keysetPage<FoundRecord>({
    select: `m.id, m.external_id as "externalId", m.first_name as "firstName", m.last_name as "lastName", m.email,
      m.batch, m.center, m.year_of_birth as "yearOfBirth", m.active, m.deceased`,
    from: 'alumni_members m',
    where: search === '' ? [] : [`(${parts} ilike $1 or m.external_id = $2)`],
    bind: search === '' ? [] : [anywhere(search), search],
    order: [
      { sql: 'm.last_name', type: 'text' },
      { sql: 'm.first_name', type: 'text' },
      { sql: 'm.id', type: 'bigint' },
    ],
    descending: false,
    cursor,
    size,
  });
}
