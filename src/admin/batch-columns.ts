import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { actorOf, requireStaff } from '../accounts/guard.ts';
import { type Batch, batchById } from '../batches/batch.ts';
import { mapColumns, sampleOf } from '../batches/columns.ts';
import type { Purpose } from '../batches/purpose.ts';
import { purposeOf } from '../batches/purposes.ts';
import { Conflict } from '../errors.ts';
import { type FormState, readForm } from '../web/form.ts';
import { stepsAt, wordsFor } from './batch-words.ts';

const adminOnly = requireStaff('admin');

export const batchColumns = Router();
batchColumns.get('/:id/mapping', adminOnly, showColumns);
batchColumns.post('/:id/mapping', adminOnly, submitColumns);

const SHOWN_COLUMNS = 12;
const LONGEST_CELL = 60;

const place = z
  .string({ error: 'Choose one column' })
  .default('')
  .refine((typed) => /^\d{0,2}$/.test(typed), { error: 'Choose one of the columns' })
  .transform((typed) => (typed === '' ? null : Number(typed)));

function columnsForm({ columns }: Purpose) {
  return z.object({
    heading: z.enum(['yes', 'no'], { error: 'Say what the first line is' }),
    columns: z
      .object(Object.fromEntries(columns.map(({ name }) => [name, place])))
      .default(Object.fromEntries(columns.map(({ name }) => [name, null]))),
  });
}

/** Which column is which: as guessed, or as it was said last. */
export async function showColumns(req: Request, res: Response): Promise<void> {
  const batch = await batchById(String(req.params.id));
  const said = Object.entries(batch.places).map(([name, at]) => [`columns[${name}]`, String(at)] as const);
  const values = { heading: batch.hasHeading ? 'yes' : 'no', ...Object.fromEntries(said) };
  await renderColumns(res, batch, { values, errors: {} });
}

async function submitColumns(req: Request, res: Response): Promise<void> {
  const batch = await batchById(String(req.params.id));
  const form = readForm(columnsForm(purposeOf(batch)), req.body);
  const mapped = await form.run(async ({ heading, columns }) => {
    const chosen = Object.entries(columns).filter((pair): pair is [string, number] => pair[1] !== null);
    const given = { places: Object.fromEntries(chosen), hasHeading: heading === 'yes' };
    await mapColumns(batch.id, given, actorOf(req, res));
    return batch;
  });
  if (mapped) return res.redirect(303, `/admin/batches/${batch.id}`);
  res.status(422);
  await renderColumns(res, batch, form);
}

async function renderColumns(res: Response, batch: Batch, { values, errors }: FormState): Promise<void> {
  if (batch.confirmedAt) throw new Conflict('This batch is sent already: its columns can’t change any more.');
  const sample = await sampleOf(batch);
  const cut = (cell: string) => (cell.length > LONGEST_CELL ? `${cell.slice(0, LONGEST_CELL)}…` : cell);
  const names = Array.from({ length: sample.width }, (_, at) => nameOf(sample.rows, at, batch.hasHeading));
  res.render('admin/batches/mapping', {
    batch,
    values,
    errors,
    words: wordsFor(batch.purpose),
    steps: stepsAt(batch.purpose, 'mapping'),
    columns: purposeOf(batch).columns,
    options: names.map((name, at) => ({ value: String(at), label: cut(name) })),
    names: names.slice(0, SHOWN_COLUMNS).map(cut),
    rows: sample.rows
      .slice(batch.hasHeading ? 1 : 0)
      .map((cells) => names.slice(0, SHOWN_COLUMNS).map((_, at) => cut(cells[at] ?? ''))),
    hidden: Math.max(0, sample.width - SHOWN_COLUMNS),
  });
}

/** “B: Name”, or “B: amma@example.org” where there are no headings. */
function nameOf(rows: readonly string[][], at: number, hasHeading: boolean): string {
  const letters = at < 26 ? letter(at) : `${letter(Math.floor(at / 26) - 1)}${letter(at % 26)}`;
  const said = hasHeading ? rows[0]?.[at] : rows.find((cells) => cells[at])?.[at];
  return said ? `${letters}: ${said}` : `${letters} (empty)`;
}

function letter(index: number): string {
  return String.fromCharCode(65 + index);
}
