import { type Actor, accountIn, originOf, record } from '../audit/audit.ts';
import { refusal } from '../csv/decode.ts';
import { type CsvFormat, type FileRow, openCsv } from '../csv/read.ts';
import { inTransaction, NOW, rows } from '../database.ts';
import { Conflict, Invalid } from '../errors.ts';
import { oneLine } from '../text.ts';
import { guessColumns } from './columns.ts';
import { Import, type KindName } from './import.ts';
import { kindOf } from './kind.ts';
import { SAMPLE } from './row.ts';

export const MOST_ROWS = 100_000;
const MOST_COLUMNS = 100;
const ROWS_AT_ONCE = 2_000;

export type SentFile = Readonly<{ name: string; content: AsyncIterable<Buffer | string> }>;
type Received = Readonly<{ format: CsvFormat; sample: string[][]; count: number }>;

/**
 * Stores a file row by row as it arrives. Nothing is kept of a file that can't be taken; an upload that breaks off stays as
 * an interrupted import. No transaction is open while more of it is awaited.
 * @returns the id of the new import
 * @throws Invalid when the file can't be read or has too many rows; errors of the stream pass through
 */
export async function uploadImport(kind: KindName, file: SentFile, actor: Actor): Promise<string> {
  const fileName = nameToShow(file.name);
  const { id } = await Import.create({ kind, fileName, uploadedBy: accountIn(actor), ...originOf(actor) });
  try {
    await complete(id, kind, await receive(id, kind, file.content), actor);
    return id;
  } catch (error) {
    if (error instanceof Invalid) await Import.destroy({ where: { id } });
    else await Import.update({ receivingAt: null }, { where: { id } });
    throw error;
  }
}

async function receive(
  id: string,
  kind: KindName,
  content: AsyncIterable<Buffer | string>,
): Promise<Received> {
  const { format, rows: fileRows } = await openCsv(content);
  const sample: string[][] = [];
  let chunk: FileRow[] = [];
  let count = 0;
  let most = MOST_ROWS;
  for await (const fileRow of fileRows) {
    if (count === 0 && !kindOf({ kind }).isRow(fileRow.cells)) most += 1;
    if (count < SAMPLE) sample.push(fileRow.cells);
    count += 1;
    if (count > most) throw tooMany(fileRow.line);
    if (fileRow.cells.length > MOST_COLUMNS) throw tooWide(fileRow.line);
    chunk.push(fileRow);
    if (chunk.length < ROWS_AT_ONCE) continue;
    await store(id, chunk);
    chunk = [];
  }
  await store(id, chunk);
  return { format, sample, count };
}

async function store(id: string, chunk: readonly FileRow[]): Promise<void> {
  const stored = await rows(
    `with receiving as (update imports set receiving_at = now() where id = $1 returning id),
       stored as (insert into import_rows (import_id, line, cells)
         select receiving.id, given.* from receiving, unnest($2::int[], $3::json[]) as given)
     select id from receiving`,
    [id, chunk.map(({ line }) => line), chunk.map(({ cells }) => JSON.stringify(cells))],
  );
  if (stored.length === 0)
    throw new Conflict('Somebody discarded this upload before the whole file arrived.');
}

async function complete(id: string, kind: KindName, received: Received, actor: Actor): Promise<void> {
  const { format, sample, count } = received;
  const hasHeading = !kindOf({ kind }).isRow(sample[0] ?? []);
  if (hasHeading && count === 1) {
    throw refusal('The file has a line of headings and nothing below it. Nothing was imported.');
  }
  await inTransaction(async () => {
    const rowCount = hasHeading ? count - 1 : count;
    const columns = guessColumns(kindOf({ kind }), sample, hasHeading);
    await Import.update(
      { uploadedAt: NOW, receivingAt: null, rowCount, hasHeading, format, columns },
      { where: { id } },
    );
    const detail = { kind, rows: rowCount };
    await record(actor, { action: 'import.uploaded', subject: 'import', subjectId: id, detail });
  });
}

function nameToShow(fileName: string): string {
  const shown = oneLine(fileName.replaceAll(/\p{Cs}/gu, ' ')).slice(0, 200);
  return shown || 'file.csv';
}

function tooMany(line: number): Invalid {
  const most = MOST_ROWS.toLocaleString('en');
  return refusal(
    `The file has more than ${most} rows (line ${line.toLocaleString('en')} is one too many). ` +
      'Divide it and upload the parts one after the other. Nothing was imported.',
  );
}

function tooWide(line: number): Invalid {
  return refusal(
    `Line ${line} has more than ${MOST_COLUMNS} columns. Keep only the ones you need. Nothing was imported.`,
  );
}
