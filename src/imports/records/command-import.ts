import type { Readable } from 'node:stream';
import { type Actor, recordEvent } from '../../platform/audit/audit.ts';
import { truncate } from '../../platform/csv/headings.ts';
import { type CsvRow, readCsv } from '../../platform/csv/read.ts';
import { inTransaction, queryRow, queryRows } from '../../platform/db/database.ts';
import { Conflict } from '../../platform/errors.ts';
import { findMergeTargets, upsertRecords } from './bulk-write.ts';
import { type FileLayout, readLayout } from './columns.ts';
import { createLineReader, type ImportLine, type LineError } from './line.ts';

/** What an import did, counted in lines of the file; `errors` are the first 1000 of `errorCount`. */
export type ImportResult = {
  created: number;
  changed: number;
  unchanged: number;
  rejected: number;
  errorCount: number;
  errors: LineError[];
  unknownColumns: string[];
};

// Any fixed number does, as long as nothing else in this database takes the same advisory lock.
const IMPORT_LOCK_ID = 7_301_948;
const CHUNK_SIZE = 5_000;
const MAX_ERRORS = 1_000;

/**
 * Brings the register in line with a CSV file, matched by external id; the same file again changes nothing. Lines with
 * errors are left out and told of. A column that the file hasn't leaves what is there; an empty cell empties it
 * (`active` then means yes, `deceased` no). Records that the file doesn't name stay. One transaction, memory for
 * some thousand lines; the stream is read to its end or destroyed.
 * @throws Invalid when the file as a whole can't be read, Conflict while another import runs: nothing is changed then
 */
export async function importAlumni(
  file: Readable,
  actor: Actor,
  { asOf = new Date() }: { asOf?: Date } = {},
): Promise<ImportResult> {
  try {
    return await inTransaction(async () => {
      await acquireImportLock();
      const result = await importRows(readCsv(file), asOf);
      await recordImport(result, actor);
      return result;
    });
  } finally {
    file.destroy();
  }
}

async function acquireImportLock(): Promise<void> {
  const lock = await queryRow<{ free: boolean }>('select pg_try_advisory_xact_lock($1) as free', [
    IMPORT_LOCK_ID,
  ]);
  if (!lock?.free) throw new Conflict('Another import is running. Please try again when it has ended.');
  // The ids seen so far are kept here, so that a long file needs no memory for them.
  await queryRows(
    'create temporary table import_ids (external_id text primary key, line integer) on commit drop',
    [],
  );
}

async function importRows(file: AsyncGenerator<CsvRow>, asOf: Date): Promise<ImportResult> {
  const header = await file.next();
  const layout = readLayout(header.done ? [] : header.value.cells);
  const result = emptyResult(layout);
  const read = createLineReader(layout, asOf);
  let lines: ImportLine[] = [];
  for await (const fileRow of file) {
    const line = read(fileRow);
    if (Array.isArray(line)) rejectLine(result, line);
    else lines.push(line);
    if (lines.length < CHUNK_SIZE) continue;
    await storeLines(lines, layout, result);
    lines = [];
  }
  await storeLines(lines, layout, result);
  // Repeated ids are found later than the other errors.
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
  const { created, changed } = await upsertRecords(accepted, [...layout.positions.keys()]);
  result.created += created;
  result.changed += changed;
  result.unchanged += accepted.length - created - changed;
}

/** Rejects the lines whose id an earlier line of the file has. */
async function rejectRepeatedIds(lines: ImportLine[], result: ImportResult): Promise<ImportLine[]> {
  const first = await queryRows<{ externalId: string; line: number }>(
    `with input as (select * from unnest($1::text[], $2::integer[]) as input (external_id, line)),
       added as (insert into import_ids select * from input order by line on conflict do nothing returning *)
     select * from added union all select seen.* from import_ids seen join input using (external_id)`,
    [lines.map(({ id }) => id), lines.map(({ line }) => line)],
  );
  const firstLine = new Map(first.map(({ externalId, line }) => [externalId, line]));
  return lines.filter(({ line, id }) => {
    const earlier = firstLine.get(id) ?? line;
    if (earlier === line) return true;
    const message = `Line ${earlier} has the same id. Keep one of the two.`;
    rejectLine(result, [{ line, column: 'external_id', message, value: truncate(id) }]);
    return false;
  });
}

/** Rejects the lines about records that were merged into others: what the file says may be about either. */
async function rejectMergedRecords(lines: ImportLine[], result: ImportResult): Promise<ImportLine[]> {
  const mergedInto = await findMergeTargets(lines.map(({ id }) => id));
  return lines.filter(({ line, id }) => {
    const into = mergedInto.get(id);
    if (into === undefined) return true;
    const message = `This record was merged into “${truncate(into)}”. Use that id, or take the line out.`;
    rejectLine(result, [{ line, column: 'external_id', message, value: truncate(id) }]);
    return false;
  });
}

function recordImport({ errors, ...counts }: ImportResult, actor: Actor): Promise<void> {
  const event = { action: 'alumni-record.imported', subject: 'alumni-record', subjectId: 'import' } as const;
  return recordEvent(actor, { ...event, detail: counts });
}
