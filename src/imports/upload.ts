import { type Actor, accountIdOf, originOf, recordEvent } from '../platform/audit/audit.ts';
import { inTransaction, NOW, queryRows } from '../platform/db/database.ts';
import { Conflict, InvalidInput } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { invalidFile } from '../platform/tables/decode.ts';
import { openTable, type TableFormat } from '../platform/tables/open.ts';
import type { TableRow } from '../platform/tables/table.ts';
import { cut, toSingleLine } from '../platform/text/text.ts';
import { guessColumns } from './column-mapping.ts';
import { Import, type ImportKindName } from './import.ts';
import { importKindOf } from './kinds/all.ts';
import { findLeftovers, type Leftover, storeLeftovers } from './leftovers.ts';
import { SAMPLE_ROWS } from './row.ts';
import { splitTitleRows } from './title-rows.ts';

const MAX_ROWS = 100_000;
const MAX_COLUMNS = 100;
const CHUNK_SIZE = 2_000;

export type UploadedFile = Readonly<{ name: string; content: AsyncIterable<Buffer | string> }>;
type ReceivedFile = Readonly<{ format: TableFormat; sample: string[][]; count: number }>;

/**
 * Stores a file in chunks as it arrives. A rejected file leaves nothing behind; a broken connection leaves an
 * interrupted import. No transaction is open while waiting for the client.
 * @returns the id of the new import
 * @throws InvalidInput if the file can't be read or is too large; stream errors pass through
 */
export async function uploadImport(kind: ImportKindName, file: UploadedFile, actor: Actor): Promise<string> {
  const fileName = toDisplayName(file.name);
  const { id } = await Import.create({ kind, fileName, uploadedBy: accountIdOf(actor), ...originOf(actor) });
  try {
    await completeUpload(id, kind, await receiveRows(id, kind, file.content), actor);
    return id;
  } catch (error) {
    if (error instanceof InvalidInput) await Import.destroy({ where: { id } });
    else await Import.update({ lastReceivedAt: null }, { where: { id } });
    throw error;
  }
}

async function receiveRows(
  id: string,
  kind: ImportKindName,
  content: AsyncIterable<Buffer | string>,
): Promise<ReceivedFile> {
  const { format, rows: fileRows, otherRows } = await openTable(content);
  const { titleRows, tableRows } = await splitTitleRows(importKindOf({ kind }), fileRows);
  const sample: string[][] = [];
  let chunk: TableRow[] = [];
  let count = 0;
  let maxRows = MAX_ROWS;
  for await (const fileRow of tableRows) {
    if (count === 0 && !importKindOf({ kind }).isDataRow(fileRow.cells)) maxRows += 1;
    if (count < SAMPLE_ROWS) sample.push(fileRow.cells);
    count += 1;
    if (count > maxRows) throw tooManyRows(fileRow.line);
    if (fileRow.cells.length > MAX_COLUMNS) throw tooManyColumns(fileRow.line);
    chunk.push(fileRow);
    if (chunk.length < CHUNK_SIZE) continue;
    await storeRows(id, chunk);
    chunk = [];
  }
  await storeRows(id, chunk);
  await storeLeftovers(
    id,
    titleRows.flatMap((row) => findLeftovers(row, [], () => 'above')),
  );
  await storeOtherRows(id, otherRows());
  return { format, sample, count };
}

/** Lists the addresses in sheets that aren't used. */
async function storeOtherRows(id: string, rows: AsyncGenerator<TableRow & { sheet: string }>): Promise<void> {
  let found: Leftover[] = [];
  for await (const row of rows) {
    found.push(...findLeftovers(row, [], () => 'sheet', row.sheet));
    if (found.length < CHUNK_SIZE) continue;
    await storeLeftovers(id, found);
    found = [];
  }
  await storeLeftovers(id, found);
}

async function storeRows(id: string, chunk: readonly TableRow[]): Promise<void> {
  const stored = await queryRows(
    `with current as (update imports set last_received_at = now() where id = $1 returning id),
       stored as (insert into import_rows (import_id, line, cells)
         select current.id, input.* from current, unnest($2::int[], $3::json[]) as input)
     select id from current`,
    [id, chunk.map(({ line }) => line), chunk.map(({ cells }) => JSON.stringify(cells))],
  );
  if (stored.length === 0) throw new Conflict(t('imports:errors.deletedDuringUpload'));
}

async function completeUpload(
  id: string,
  kind: ImportKindName,
  received: ReceivedFile,
  actor: Actor,
): Promise<void> {
  const { format, sample, count } = received;
  const hasHeading = !importKindOf({ kind }).isDataRow(sample[0] ?? []);
  if (hasHeading && count === 1) {
    throw invalidFile(t('imports:file.onlyHeadings'));
  }
  await inTransaction(async () => {
    const rowCount = hasHeading ? count - 1 : count;
    const columns = guessColumns(importKindOf({ kind }), sample, hasHeading);
    await Import.update(
      { uploadedAt: NOW, lastReceivedAt: null, rowCount, hasHeading, format, columns },
      { where: { id } },
    );
    const detail = { kind, rows: rowCount };
    await recordEvent(actor, { action: 'import.uploaded', subject: 'import', subjectId: id, detail });
  });
}

function toDisplayName(fileName: string): string {
  const name = cut(toSingleLine(fileName.replaceAll(/\p{Cs}/gu, ' ')), 200);
  return name || 'file.csv';
}

function tooManyRows(line: number): InvalidInput {
  return invalidFile(t('imports:file.tooManyRows', { max: MAX_ROWS, line }));
}

function tooManyColumns(line: number): InvalidInput {
  return invalidFile(t('imports:file.tooManyColumns', { line, max: MAX_COLUMNS }));
}
