import { type Actor, record } from '../audit/audit.ts';
import { squash } from '../csv/headings.ts';
import { inTransaction, rows } from '../database.ts';
import { Conflict, Invalid } from '../errors.ts';
import { type Batch, batchById, enqueueStep, holdBatch } from './batch.ts';
import { BatchRow } from './batch-row.ts';
import type { Cells, Purpose } from './purpose.ts';
import { purposeOf } from './purposes.ts';

/** Which cell, from 0, holds which of a purpose's columns. */
export type Places = Readonly<Record<string, number>>;

/** The first rows of a file as they stand there. */
export type Sample = Readonly<{ rows: readonly string[][]; width: number }>;

const SHOWN_ROWS = 6;

/** Guesses where a file keeps what: by its headings, else by what the cells below look like. */
export function guessPlaces(purpose: Purpose, sample: readonly string[][], hasHeading: boolean): Places {
  const places = new Map<string, number>();
  const taken = new Set<number>();
  const take = (name: string, place: number) => {
    if (place < 0 || places.has(name) || taken.has(place)) return;
    places.set(name, place);
    taken.add(place);
  };
  if (hasHeading) {
    const headings = (sample[0] ?? []).map(squash);
    for (const { name, synonyms } of purpose.columns) {
      for (const synonym of synonyms) take(name, headings.indexOf(synonym));
    }
  }
  const below = sample.slice(hasHeading ? 1 : 0);
  const width = Math.max(0, ...below.map((cells) => cells.length));
  for (let place = 0; place < width; place += 1) {
    const name = purpose.guess(below.map((cells) => cells[place] ?? ''));
    if (name !== null) take(name, place);
  }
  return Object.fromEntries(places);
}

/** The cells of a row, by the name of their column. */
export function cellsByColumn(places: Places, cells: readonly string[]): Cells {
  return Object.fromEntries(Object.entries(places).map(([name, place]) => [name, cells[place] ?? '']));
}

export async function sampleOf(batch: Batch): Promise<Sample> {
  const where = { batchId: batch.id };
  const found = await BatchRow.findAll({ attributes: ['cells'], where, order: ['line'], limit: SHOWN_ROWS });
  const sample = found.map(({ cells }) => cells);
  return { rows: sample, width: Math.max(0, ...sample.map((cells) => cells.length)) };
}

/**
 * Says which column is which, and has all rows judged by it. Can be said anew until the batch is sent.
 * @throws NotFound, Invalid, Conflict when it is sent already
 */
export async function mapColumns(
  id: string,
  given: Readonly<{ places: Places; hasHeading: boolean }>,
  actor: Actor,
): Promise<void> {
  refuseFaulty(purposeOf(await batchById(id)), given.places);
  await inTransaction(async () => {
    const batch = await holdBatch(id);
    if (batch.confirmedAt)
      throw new Conflict('This batch is sent already: its columns can’t change any more.');
    if (!batch.uploadedAt) throw new Conflict('This file is still being received.');
    await rows(
      `update batches set mapped_at = now(), judged_at = null, judged = 0, verdicts = '{}', places = $2::jsonb,
         row_count = row_count + has_heading::int - $3::boolean::int, has_heading = $3,
         last_line = case when $3 then (select min(line) from batch_rows where batch_id = $1) else 0 end
       where id = $1`,
      [id, JSON.stringify(given.places), given.hasHeading],
    );
    await rows(
      `update batch_rows set key = null, facts = null, verdict = null, remark = null
       where batch_id = $1 and line = (select min(line) from batch_rows where batch_id = $1)`,
      [id],
    );
    const detail = { columns: Object.keys(given.places) };
    await record(actor, { action: 'batch.mapped', subject: 'batch', subjectId: id, detail });
    await enqueueStep(id);
  });
}

function refuseFaulty({ columns }: Purpose, places: Places): void {
  const errors: Record<string, string> = {};
  const used = new Map<number, string>();
  for (const { name, label, isRequired } of columns) {
    const place = places[name];
    if (place === undefined) {
      if (isRequired) errors[`columns[${name}]`] = `Choose the column with the ${label.toLowerCase()}`;
      continue;
    }
    const other = used.get(place);
    if (other !== undefined) errors[`columns[${name}]`] = `This column is chosen for “${other}” already`;
    used.set(place, label);
  }
  if (Object.keys(errors).length > 0) throw new Invalid(errors);
}
