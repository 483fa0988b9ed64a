import { queryRows } from '../platform/db/database.ts';
import type { Import } from './import.ts';
import { importKindOf } from './kinds/all.ts';
import type { ParsedRow, RowCheck, RowValues } from './kinds/kind.ts';

const CHUNK_SIZE = 2_000;

type RowCheckResult = Readonly<{ line: number; key: string | null; values: RowValues | null } & RowCheck>;

/** One step: checks the next some thousand rows, or counts what was found. */
export async function checkRowsStep(source: Import): Promise<void> {
  const next = await queryRows<{ line: number; cells: string[] }>(
    `select line, cells from import_rows where import_id = $1 and line > $2 order by line limit ${CHUNK_SIZE}`,
    [source.id, source.lastLine],
  );
  if (next.length === 0) return finishChecking(source);
  const { createRowReader, checkRows } = importKindOf(source);
  const read = await createRowReader(source);
  const readable: ParsedRow[] = [];
  const checked: RowCheckResult[] = [];
  for (const { line, cells } of next) {
    const cellsByColumn = Object.entries(source.columns).map(([name, position]) => [
      name,
      cells[position] ?? '',
    ]);
    const parsed = read(Object.fromEntries(cellsByColumn), cells);
    if ('key' in parsed) readable.push({ line, ...parsed });
    else
      checked.push({
        line,
        key: null,
        values: null,
        status: 'invalid',
        explanation: parsed.error,
        previousValues: null,
      });
  }
  const { unique, duplicates: repeated } = await separateDuplicates(source, readable);
  const checks = await checkRows(unique);
  checked.push(...repeated, ...unique.flatMap((row, index) => ({ ...row, ...(checks[index] as RowCheck) })));
  await storeCheckResults(source, checked);
}

/** The rows whose key no earlier row of the file has, and the others. */
async function separateDuplicates(
  source: Import,
  readable: readonly ParsedRow[],
): Promise<{ unique: ParsedRow[]; duplicates: RowCheckResult[] }> {
  const earlier = await queryRows<{ key: string; line: number }>(
    `select key, min(line) as line from import_rows
     where import_id = $1 and key = any($2::text[]) and line <= $3 group by key`,
    [source.id, readable.map(({ key }) => key), source.lastLine],
  );
  const first = new Map(earlier.map(({ key, line }) => [key, line]));
  const unique: ParsedRow[] = [];
  const repeated: RowCheckResult[] = [];
  for (const row of readable) {
    const firstLine = first.get(row.key);
    if (firstLine === undefined) {
      first.set(row.key, row.line);
      unique.push(row);
    } else {
      const explanation = `Line ${firstLine} has the same ${importKindOf(source).keyName}`;
      repeated.push({ ...row, status: 'duplicate', explanation, previousValues: null });
    }
  }
  return { unique, duplicates: repeated };
}

async function storeCheckResults(source: Import, checked: readonly RowCheckResult[]): Promise<void> {
  await queryRows(
    `update import_rows r set key = input.key, values = input.values, status = input.status, explanation = input.explanation,
       previous_values = input.previous_values
     from unnest($2::int[], $3::text[], $4::jsonb[], $5::text[], $6::text[], $7::jsonb[])
       as input (line, key, values, status, explanation, previous_values)
     where r.import_id = $1 and r.line = input.line`,
    [
      source.id,
      checked.map(({ line }) => line),
      checked.map(({ key }) => key),
      checked.map(({ values }) => values && JSON.stringify(values)),
      checked.map(({ status }) => status),
      checked.map(({ explanation }) => explanation),
      checked.map(({ previousValues }) => previousValues && JSON.stringify(previousValues)),
    ],
  );
  const last = Math.max(...checked.map(({ line }) => line));
  await source.update({ lastLine: last, checkedCount: source.checkedCount + checked.length });
}

async function finishChecking({ id }: Import): Promise<void> {
  await queryRows(
    `update imports set checked_at = now(), last_line = 0, status_counts = coalesce(
       (select jsonb_object_agg(status, count) from (
         select status, count(*) from import_rows where import_id = $1 and status is not null group by status) counted),
       '{}')
     where id = $1`,
    [id],
  );
}
