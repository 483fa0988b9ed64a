import { type RecordColumn, type RecordValues, recordColumns } from '../../alumni/record-columns.ts';
import { queryRow, queryRows } from '../../platform/db/database.ts';
import type { ImportLine } from './line.ts';

const columnTypes: Readonly<Record<RecordColumn, 'text' | 'integer' | 'boolean'>> = {
  external_id: 'text',
  first_name: 'text',
  last_name: 'text',
  former_name: 'text',
  email: 'text',
  email_of: 'text',
  other_emails: 'text',
  batch: 'integer',
  center: 'text',
  year_of_birth: 'integer',
  language: 'text',
  active: 'boolean',
  deceased: 'boolean',
};

/** The values of a new record in columns that the file doesn't have. */
export const defaultValues: RecordValues = {
  ...{
    first_name: '',
    former_name: null,
    email: null,
    email_of: null,
    other_emails: null,
    batch: null,
    center: null,
    year_of_birth: null,
    language: null,
  },
  ...{ active: true, deceased: false },
};

/** The values to write: an empty cell keeps what is on file, and has the usual value in a new record. */
export function completeValues(
  values: RecordValues,
  mapped: readonly RecordColumn[],
  stored: StoredRecord | undefined,
): RecordValues {
  const completed = mapped.map((column) => [
    column,
    column in values ? values[column] : ((stored?.values ?? defaultValues)[column] ?? null),
  ]);
  return Object.fromEntries(completed);
}

/**
 * Inserts or updates records by external id. Keeps the values of columns that aren't `mapped`, and skips merged
 * records.
 */
export async function upsertRecords(
  lines: readonly ImportLine[],
  mapped: readonly RecordColumn[],
): Promise<{ created: number; changed: number }> {
  const updated = mapped.filter((column) => column !== 'external_id');
  const list = (prefix: string) => updated.map((column) => `${prefix}.${column}`).join(', ');
  // xmax is 0 for a row that was just inserted, because no transaction has replaced an earlier version.
  const merged = await queryRow<{ created: number; changed: number }>(
    `with merged as (
       insert into alumni_members as m (${mapped.join(', ')})
       select * from unnest(${arrayParameters(mapped, 1)})
       on conflict (external_id) do update
       set ${updated.map((column) => `${column} = excluded.${column}`).join(', ')},
         ${mapped.includes('email') && !mapped.includes('email_of') ? emailOfNewAddress('excluded') : ''} updated_at = now()
       where m.merged_into is null and (${list('m')}) is distinct from (${list('excluded')})
       returning xmax = 0 as is_new)
     select (count(*) filter (where is_new))::integer as created,
       (count(*) filter (where not is_new))::integer as changed from merged`,
    mapped.map((column) => lines.map(({ values }) => values[column] ?? null)),
  );
  return merged ?? { created: 0, changed: 0 };
}

/** Maps the external ids of merged records to those of the records that were kept. */
export async function findMergeTargets(ids: readonly string[]): Promise<Map<string, string>> {
  const merged = await queryRows<{ id: string; into: string }>(
    `select m.external_id as id, kept.external_id as into from alumni_members m
     join alumni_members kept on kept.id = m.merged_into where m.external_id = any($1::text[])`,
    [ids],
  );
  return new Map(merged.map(({ id, into }) => [id, into]));
}

/** `mergedInto` is the external id of the record that was kept. */
export type StoredRecord = Readonly<{ id: string; values: RecordValues; mergedInto: string | null }>;

/** The records by external id. `lock` locks them until the transaction ends. */
export async function listStoredRecords(
  externalIds: readonly string[],
  { lock = false } = {},
): Promise<Map<string, StoredRecord>> {
  const found = await queryRows<StoredRecord & { externalId: string }>(
    `select m.id, m.external_id, kept.external_id as merged_into,
       json_build_object(${recordColumns.map((column) => `'${column}', m.${column}`).join(', ')}) as values
     from alumni_members m left join alumni_members kept on kept.id = m.merged_into
     where m.external_id = any($1::text[]) order by m.id ${lock ? 'for update of m' : ''}`,
    [externalIds],
  );
  return new Map(found.map(({ externalId, ...record }) => [externalId, record]));
}

/**
 * Inserts records in the order of their external ids, so that two imports can't deadlock. Skips ids that exist already.
 * @returns the ids of the new records by external id
 */
export async function insertRecords(
  lines: readonly Pick<ImportLine, 'values'>[],
  mapped: readonly RecordColumn[],
): Promise<Map<string, string>> {
  const added = await queryRows<{ id: string; externalId: string }>(
    `insert into alumni_members (${mapped.join(', ')})
     select * from unnest(${arrayParameters(mapped, 1)}) as input (${mapped.join(', ')}) order by external_id
     on conflict (external_id) do nothing returning id, external_id`,
    mapped.map((column) => lines.map(({ values }) => values[column] ?? null)),
  );
  return new Map(added.map(({ id, externalId }) => [externalId, id]));
}

/** Updates the mapped columns of locked records. */
export async function updateRecords(
  records: readonly Readonly<{ id: string; values: RecordValues }>[],
  mapped: readonly RecordColumn[],
): Promise<void> {
  await queryRows(
    `update alumni_members m set ${mapped.map((column) => `${column} = input.${column}`).join(', ')},
       ${mapped.includes('email') && !mapped.includes('email_of') ? emailOfNewAddress('input') : ''} updated_at = now()
     from unnest($1::bigint[], ${arrayParameters(mapped, 2)}) as input (id, ${mapped.join(', ')}) where m.id = input.id`,
    [
      records.map(({ id }) => id),
      ...mapped.map((column) => records.map(({ values }) => values[column] ?? null)),
    ],
  );
}

/** Deletes the locked records that no account claims and no other record was merged into. @returns the deleted ids */
export async function deleteUnusedRecords(ids: readonly string[]): Promise<Set<string>> {
  const removed = await queryRows<{ id: string }>(
    `delete from alumni_members m where m.id = any($1::bigint[])
       and not exists (select from profiles p where p.alumni_member_id = m.id)
       and not exists (select from alumni_members other where other.merged_into = m.id)
     returning m.id`,
    [ids],
  );
  return new Set(removed.map(({ id }) => id));
}

/** Whose address a new one is isn't known. */
function emailOfNewAddress(from: 'input' | 'excluded'): string {
  return `email_of = case when m.email is distinct from ${from}.email::citext then null else m.email_of end,`;
}

function arrayParameters(mapped: readonly RecordColumn[], first: number): string {
  return mapped.map((column, index) => `$${index + first}::${columnTypes[column]}[]`).join(', ');
}
