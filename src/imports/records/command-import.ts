import type { Readable } from 'node:stream';
import { type Actor, recordEvent } from '../../platform/audit/audit.ts';
import { inTransaction, queryRow, queryRows } from '../../platform/db/database.ts';
import { Conflict } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { truncate } from '../../platform/tables/headings.ts';
import { openTable } from '../../platform/tables/open.ts';
import type { TableRow } from '../../platform/tables/table.ts';
import { completeValues, findMergeTargets, listStoredRecords, upsertRecords } from './bulk-write.ts';
import { type FileLayout, readLayout, recordColumnsOf } from './headings.ts';
import { createLineReader, type ImportLine, type LineError } from './line.ts';
import type { ReadingOptions } from './prepare.ts';

/** Counts are in lines of the file. `errors` has the first 1,000 of `errorCount` errors. */
export type ImportResult = {
  created: number;
  changed: number;
  unchanged: number;
  rejected: number;
  errorCount: number;
  errors: LineError[];
  unknownColumns: string[];
};

// An arbitrary number that no other advisory lock in this database uses.
const IMPORT_LOCK_ID = 7_301_948;
const CHUNK_SIZE = 5_000;
const MAX_ERRORS = 1_000;

/**
 * Updates the directory from a CSV file, matched by external id. Importing the same file again changes nothing. Lines
 * with errors are skipped and reported. A missing column keeps the stored values; so does an empty cell, unless
 * `eraseEmpty` (`active` becomes yes, `deceased` no). Records that aren't in the file stay. Runs in one transaction and keeps only one chunk
 * in memory. Always consumes or destroys the stream.
 * @throws InvalidInput if the file can't be read, Conflict while another import runs; neither changes anything
 */
export async function importAlumni(
  file: Readable,
  actor: Actor,
  { asOf = new Date(), eraseEmpty = false }: { asOf?: Date; eraseEmpty?: boolean } = {},
): Promise<ImportResult> {
  try {
    return await inTransaction(async () => {
      await acquireImportLock();
      const result = await importRows((await openTable(file)).rows, {
        asOf,
        keepEmpty: !eraseEmpty,
        nameOrder: 'guess',
      });
      await recordImport(result, actor);
      return result;
    });
  } finally {
    file.destroy();
  }
}

async function acquireImportLock(): Promise<void> {
  const lock = await queryRow<{ isFree: boolean }>('select pg_try_advisory_xact_lock($1) as is_free', [
    IMPORT_LOCK_ID,
  ]);
  if (!lock?.isFree) throw new Conflict(t('imports:errors.anotherImport'));
  // The ids seen so far are stored in the database, so that a long file needs no memory for them.
  await queryRows(
    'create temporary table import_ids (external_id text primary key, line integer) on commit drop',
    [],
  );
}

async function importRows(file: AsyncGenerator<TableRow>, options: ReadingOptions): Promise<ImportResult> {
  const header = await file.next();
  const layout = readLayout(header.done ? [] : header.value.cells);
  const result = emptyResult(layout);
  const readLine = createLineReader(layout, options);
  let lines: ImportLine[] = [];
  for await (const fileRow of file) {
    const line = readLine(fileRow);
    if (Array.isArray(line)) rejectLine(result, line);
    else lines.push(line);
    if (lines.length < CHUNK_SIZE) continue;
    await storeLines(lines, layout, result);
    lines = [];
  }
  await storeLines(lines, layout, result);
  // Repeated ids are found after the other errors.
  result.errors.sort((a, b) => a.line - b.line);
  return result;
}

function emptyResult({ unknownColumns }: FileLayout): ImportResult {
  const counts = { created: 0, changed: 0, unchanged: 0, rejected: 0, errorCount: 0 };
  return { ...counts, errors: [], unknownColumns };
}

function rejectLine(result: ImportResult, errors: LineError[]): void {
  result.rejected += 1;
  result.errorCount += errors.length;
  result.errors.push(...errors.slice(0, MAX_ERRORS - result.errors.length));
}

async function storeLines(lines: ImportLine[], layout: FileLayout, result: ImportResult): Promise<void> {
  const accepted = await rejectMergedRecords(await rejectRepeatedIds(lines, result), result);
  const mapped = recordColumnsOf([...layout.positions.keys()]);
  const stored = await listStoredRecords(accepted.map(({ id }) => id));
  const completed = accepted.map((line) => ({
    ...line,
    values: completeValues(line.values, mapped, stored.get(line.id)),
  }));
  const { created, changed } = await upsertRecords(completed, mapped);
  result.created += created;
  result.changed += changed;
  result.unchanged += accepted.length - created - changed;
}

/** Rejects lines whose id occurs on an earlier line. */
async function rejectRepeatedIds(lines: ImportLine[], result: ImportResult): Promise<ImportLine[]> {
  const firstLines = await queryRows<{ externalId: string; line: number }>(
    `with input as (select * from unnest($1::text[], $2::integer[]) as input (external_id, line)),
       added as (insert into import_ids select * from input order by line on conflict do nothing returning *)
     select * from added union all select seen.* from import_ids seen join input using (external_id)`,
    [lines.map(({ id }) => id), lines.map(({ line }) => line)],
  );
  const firstLineById = new Map(firstLines.map(({ externalId, line }) => [externalId, line]));
  return lines.filter(({ line, id }) => {
    const firstLine = firstLineById.get(id) ?? line;
    if (firstLine === line) return true;
    const message = t('imports:rowErrors.sameIdKeepOne', { line: firstLine });
    rejectLine(result, [{ line, column: 'external_id', message, value: truncate(id) }]);
    return false;
  });
}

/** Rejects lines for merged records, because the values may belong to either record. */
async function rejectMergedRecords(lines: ImportLine[], result: ImportResult): Promise<ImportLine[]> {
  const mergedInto = await findMergeTargets(lines.map(({ id }) => id));
  return lines.filter(({ line, id }) => {
    const target = mergedInto.get(id);
    if (target === undefined) return true;
    const message = t('imports:rowErrors.mergedUseOther', { id: truncate(target) });
    rejectLine(result, [{ line, column: 'external_id', message, value: truncate(id) }]);
    return false;
  });
}

function recordImport({ errors, ...counts }: ImportResult, actor: Actor): Promise<void> {
  const event = { action: 'alumni-record.imported', subject: 'alumni-record', subjectId: 'import' } as const;
  return recordEvent(actor, { ...event, detail: counts });
}
