import { queryRows } from '../platform/db/database.ts';
import type { Import } from './import.ts';
import { importKindOf } from './kinds/all.ts';
import type { ParsedRow, RowCheck, RowValues } from './kinds/kind.ts';
import { findLeftovers, type Leftover, storeLeftovers } from './leftovers.ts';
import type { Remark } from './remarks.ts';

// For 100,000 rows, chunks of twice this size use 40 MB more memory, and of eight times this size 300 MB more.
const CHUNK_SIZE = 250;

type ReadRow = ParsedRow & Readonly<{ remarks: readonly Remark[] }>;
type RowCheckResult = Readonly<
  { line: number; key: string | null; remarks: readonly Remark[] } & Omit<RowCheck, 'values'> & {
      values: RowValues | null;
    }
>;

/** One step: checks the next rows, or finishes the check when none are left. */
export async function checkRowsStep(source: Import): Promise<void> {
  const next = await queryRows<{ line: number; cells: string[] }>(
    `select line, cells from import_rows where import_id = $1 and line > $2 order by line limit ${CHUNK_SIZE}`,
    [source.id, source.lastLine],
  );
  if (next.length === 0) return finishChecking(source);
  const { createRowReader, checkRows } = importKindOf(source);
  const readRow = await createRowReader(source);
  const readable: ReadRow[] = [];
  const results: RowCheckResult[] = [];
  for (const { line, cells } of next) {
    const cellsByColumn = Object.entries(source.columns).map(([name, position]) => [
      name,
      cells[position] ?? '',
    ]);
    const parsed = readRow(Object.fromEntries(cellsByColumn), cells);
    if ('key' in parsed) readable.push({ line, ...parsed });
    else
      results.push({
        line,
        key: null,
        values: null,
        remarks: [],
        status: 'invalid',
        explanation: parsed.error,
        previousValues: null,
      });
  }
  const { unique, duplicates } = await separateDuplicates(source, readable);
  const checks = await checkRows(unique, source);
  results.push(
    ...duplicates,
    ...unique.flatMap((row, index) => ({ ...row, ...(checks[index] as RowCheck) })),
  );
  await storeCheckResults(source, results);
  await storeLeftovers(source.id, leftoversOf(source, next, results));
}

/** The address-like texts of rows that aren't used. */
function leftoversOf(
  source: Import,
  rows: readonly { line: number; cells: string[] }[],
  results: readonly RowCheckResult[],
): Leftover[] {
  const { usedStatuses } = importKindOf(source);
  const mapped = new Set(Object.values(source.columns));
  const byLine = new Map(results.map((result) => [result.line, result]));
  return rows.flatMap((row) => {
    const { status = '', values } = byLine.get(row.line) ?? {};
    const isUsed = usedStatuses.includes(status);
    return findLeftovers(row, isUsed ? Object.values(values ?? {}) : [], (position) => {
      if (!isUsed) return 'row';
      return mapped.has(position) ? 'cell' : 'column';
    });
  });
}

/** Separates rows whose key occurs earlier in the file. */
async function separateDuplicates(
  source: Import,
  readable: readonly ReadRow[],
): Promise<{ unique: ReadRow[]; duplicates: RowCheckResult[] }> {
  const earlier = await queryRows<{ key: string; line: number }>(
    `select key, min(line) as line from import_rows
     where import_id = $1 and key = any($2::text[]) and line <= $3 group by key`,
    [source.id, readable.map(({ key }) => key), source.lastLine],
  );
  const firstLines = new Map(earlier.map(({ key, line }) => [key, line]));
  const unique: ReadRow[] = [];
  const duplicates: RowCheckResult[] = [];
  for (const row of readable) {
    const firstLine = firstLines.get(row.key);
    if (firstLine === undefined) {
      firstLines.set(row.key, row.line);
      unique.push(row);
    } else {
      const explanation = importKindOf(source).describeDuplicate(firstLine);
      duplicates.push({ ...row, status: 'duplicate', explanation, previousValues: null });
    }
  }
  return { unique, duplicates };
}

async function storeCheckResults(source: Import, results: readonly RowCheckResult[]): Promise<void> {
  await queryRows(
    `update import_rows r set key = input.key, values = input.values, status = input.status, explanation = input.explanation,
       previous_values = input.previous_values, remarks = string_to_array(input.remarks, ',')
     from unnest($2::int[], $3::text[], $4::jsonb[], $5::text[], $6::text[], $7::jsonb[], $8::text[])
       as input (line, key, values, status, explanation, previous_values, remarks)
     where r.import_id = $1 and r.line = input.line`,
    [
      source.id,
      results.map(({ line }) => line),
      results.map(({ key }) => key),
      results.map(({ values }) => values && JSON.stringify(values)),
      results.map(({ status }) => status),
      results.map(
        ({ explanation, remarks }) =>
          [explanation ?? [], remarks.map(({ text }) => text)].flat().join('; ') || null,
      ),
      results.map(({ previousValues }) => previousValues && JSON.stringify(previousValues)),
      results.map(({ remarks }) => remarks.map(({ name }) => name).join(',')),
    ],
  );
  const lastLine = Math.max(...results.map(({ line }) => line));
  await source.update({ lastLine, checkedCount: source.checkedCount + results.length });
}

async function finishChecking({ id }: Import): Promise<void> {
  await queryRows(
    `update imports set checked_at = now(), last_line = 0, remark_counts = coalesce(
       (select jsonb_object_agg(remark, count) from (
         select remark, count(*) from import_rows, unnest(remarks) as remark where import_id = $1 group by remark) counted),
       '{}'), status_counts = coalesce(
       (select jsonb_object_agg(status, count) from (
         select status, count(*) from import_rows where import_id = $1 and status is not null group by status) counted),
       '{}')
     where id = $1`,
    [id],
  );
}
