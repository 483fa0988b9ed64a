import { type Actor, record } from '../audit/audit.ts';
import { refusal } from '../csv/decode.ts';
import { type FileRow, readCsv } from '../csv/read.ts';
import { inTransaction, NOW, rows } from '../database.ts';
import { oneLine } from '../text.ts';
import { Batch, type PurposeName, placeOfActor } from './batch.ts';
import { guessPlaces } from './columns.ts';
import type { Purpose } from './purpose.ts';
import { purposeOf } from './purposes.ts';

export const MOST_ROWS = 100_000;
const MOST_COLUMNS = 100;
const ROWS_AT_ONCE = 2_000;
/** So many first rows are looked at to guess the columns. */
const SAMPLE = 6;

export type SentFile = Readonly<{ name: string; content: AsyncIterable<Buffer | string> }>;

/**
 * Takes in a file, row by row as it arrives, whatever the columns are. Nothing is kept of one that can't be read or breaks
 * off. No transaction is open while more is waited for.
 * @returns the id of the new batch
 * @throws Invalid when the file can't be read or has too many rows; errors of the stream pass through
 */
export async function receiveFile(purposeName: PurposeName, file: SentFile, actor: Actor): Promise<string> {
  const purpose = purposeOf({ purpose: purposeName });
  const id = await begin(purposeName, file.name, actor);
  try {
    const { sample, count } = await keepRows(id, readCsv(file.content), purpose);
    await complete(id, purpose, sample, count, actor);
    return id;
  } catch (error) {
    await Batch.destroy({ where: { id } });
    throw error;
  }
}

async function begin(purpose: PurposeName, fileName: string, actor: Actor): Promise<string> {
  const madeBy = actor.kind === 'account' ? actor.accountId : null;
  const begun = await Batch.create({
    purpose,
    fileName: nameToShow(fileName),
    madeBy,
    ...placeOfActor(actor),
  });
  return begun.id;
}

async function keepRows(
  id: string,
  file: AsyncGenerator<FileRow>,
  purpose: Purpose,
): Promise<{ sample: string[][]; count: number }> {
  const sample: string[][] = [];
  let chunk: FileRow[] = [];
  let count = 0;
  let most = MOST_ROWS;
  for await (const fileRow of file) {
    if (count === 0 && !purpose.isRow(fileRow.cells)) most += 1;
    if (count < SAMPLE) sample.push(fileRow.cells);
    count += 1;
    if (count > most) throw tooMany(fileRow.line);
    if (fileRow.cells.length > MOST_COLUMNS) throw tooWide(fileRow.line);
    chunk.push(fileRow);
    if (chunk.length < ROWS_AT_ONCE) continue;
    await keep(id, chunk);
    chunk = [];
  }
  await keep(id, chunk);
  return { sample, count };
}

async function keep(id: string, chunk: readonly FileRow[]): Promise<void> {
  if (chunk.length === 0) return;
  await rows(
    `insert into batch_rows (batch_id, line, cells) select $1, given.* from unnest($2::int[], $3::json[]) as given`,
    [id, chunk.map(({ line }) => line), chunk.map(({ cells }) => JSON.stringify(cells))],
  );
}

async function complete(
  id: string,
  purpose: Purpose,
  sample: readonly string[][],
  count: number,
  actor: Actor,
): Promise<void> {
  const hasHeading = !purpose.isRow(sample[0] ?? []);
  if (hasHeading && count === 1) {
    throw refusal('The file has a line of headings and nothing below it. Nothing was imported.');
  }
  await inTransaction(async () => {
    const rowCount = hasHeading ? count - 1 : count;
    const places = guessPlaces(purpose, sample, hasHeading);
    await Batch.update({ uploadedAt: NOW, rowCount, hasHeading, places }, { where: { id } });
    const detail = { purpose: purpose.name, rows: count };
    await record(actor, { action: 'batch.uploaded', subject: 'batch', subjectId: id, detail });
  });
}

function nameToShow(fileName: string): string {
  const shown = oneLine(fileName.replaceAll(/\p{Cs}/gu, ' ')).slice(0, 200);
  return shown || 'file.csv';
}

function tooMany(line: number) {
  const most = MOST_ROWS.toLocaleString('en');
  return refusal(
    `The file has more than ${most} rows (line ${line.toLocaleString('en')} is one too many). ` +
      'Divide it and upload the parts one after the other. Nothing was imported.',
  );
}

function tooWide(line: number) {
  return refusal(
    `Line ${line} has more than ${MOST_COLUMNS} columns. Keep only the ones you need. Nothing was imported.`,
  );
}
