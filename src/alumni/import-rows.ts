import { row, rows } from '../database.ts';
import { type Column, columns, type Values } from './import-columns.ts';
import type { Line } from './import-line.ts';

const types: Readonly<Record<Column, 'text' | 'integer' | 'boolean'>> = {
  external_id: 'text',
  first_name: 'text',
  last_name: 'text',
  email: 'text',
  batch: 'integer',
  center: 'text',
  year_of_birth: 'integer',
  active: 'boolean',
  deceased: 'boolean',
};

/**
 * Brings the register in line with these rows, matched by external id. A column that isn't `given` leaves what is there.
 * A record that was merged away is left alone.
 */
export async function mergeRows(
  lines: readonly Line[],
  given: readonly Column[],
): Promise<{ created: number; changed: number }> {
  const updated = given.filter((column) => column !== 'external_id');
  const list = (prefix: string) => updated.map((column) => `${prefix}.${column}`).join(', ');
  // A row that was just inserted has no earlier version that its transaction replaced: its xmax is 0.
  const merged = await row<{ created: number; changed: number }>(
    `with merged as (
       insert into alumni_members as m (${given.join(', ')})
       select * from unnest(${given.map((column, place) => `$${place + 1}::${types[column]}[]`).join(', ')})
       on conflict (external_id) do update
       set ${updated.map((column) => `${column} = excluded.${column}`).join(', ')}, updated_at = now()
       where m.merged_into is null and (${list('m')}) is distinct from (${list('excluded')})
       returning xmax = 0 as is_new)
     select (count(*) filter (where is_new))::integer as created,
       (count(*) filter (where not is_new))::integer as changed from merged`,
    given.map((column) => lines.map(({ values }) => values[column] ?? null)),
  );
  return merged ?? { created: 0, changed: 0 };
}

/** For those of these external ids whose record was merged away: the external id of the record that was kept. */
export async function wherePeopleWent(ids: readonly string[]): Promise<Map<string, string>> {
  const merged = await rows<{ id: string; into: string }>(
    `select m.external_id as id, kept.external_id as into from alumni_members m
     join alumni_members kept on kept.id = m.merged_into where m.external_id = any($1::text[])`,
    [ids],
  );
  return new Map(merged.map(({ id, into }) => [id, into]));
}

/** A record as it stands in the register, and the external id of the one that it was merged into. */
export type StoredValues = Readonly<{ values: Values; mergedInto: string | null }>;

/** The records with these external ids, by external id. */
export async function storedValues(ids: readonly string[]): Promise<Map<string, StoredValues>> {
  const found = await rows<StoredValues & { id: string }>(
    `select m.external_id as id, kept.external_id as merged_into,
       json_build_object(${columns.map((column) => `'${column}', m.${column}`).join(', ')}) as values
     from alumni_members m left join alumni_members kept on kept.id = m.merged_into
     where m.external_id = any($1::text[])`,
    [ids],
  );
  return new Map(found.map(({ id, values, mergedInto }) => [id, { values, mergedInto }]));
}

/** The ids of the records with these external ids. */
export async function recordIds(externalIds: readonly string[]): Promise<Map<string, string>> {
  const found = await rows<{ id: string; externalId: string }>(
    `select id, external_id from alumni_members where external_id = any($1::text[])`,
    [externalIds],
  );
  return new Map(found.map(({ id, externalId }) => [externalId, id]));
}
