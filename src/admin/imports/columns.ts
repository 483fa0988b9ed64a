import { type Request, type Response, Router } from 'express';
import { actorOf, requireStaff } from '../../accounts/guard.ts';
import { Conflict } from '../../errors.ts';
import { mapColumns } from '../../imports/columns.ts';
import { type Import, importById } from '../../imports/import.ts';
import { kindOf } from '../../imports/kind.ts';
import { firstRows } from '../../imports/row.ts';
import { type FormState, readForm } from '../../web/form.ts';
import { columnsForm } from './forms.ts';
import { nameOfColumn } from './page.ts';
import { stepsAt } from './words.ts';

const adminOnly = requireStaff('admin');

export const importColumns = Router();
importColumns.get('/:id/columns', adminOnly, showColumns);
importColumns.post('/:id/columns', adminOnly, submitColumns);

const SHOWN_COLUMNS = 12;
const LONGEST_CELL = 60;

/** Which column is which: as guessed, or as staff said last. */
export async function showColumns(req: Request, res: Response): Promise<void> {
  const file = await importById(String(req.params.id));
  const said = Object.entries(file.columns).map(([name, at]) => [`columns[${name}]`, String(at)] as const);
  const values = { heading: file.hasHeading ? 'yes' : 'no', ...Object.fromEntries(said) };
  await renderColumns(res, file, { values, errors: {} });
}

async function submitColumns(req: Request, res: Response): Promise<void> {
  const file = await importById(String(req.params.id));
  const form = readForm(columnsForm(kindOf(file)), req.body);
  const mapped = await form.run(async ({ heading, columns }) => {
    const chosen = Object.entries(columns).filter((pair): pair is [string, number] => pair[1] !== null);
    const said = { columns: Object.fromEntries(chosen), hasHeading: heading === 'yes' };
    await mapColumns(file.id, said, actorOf(req, res));
    return true;
  });
  if (mapped) return res.redirect(303, `/admin/imports/${file.id}`);
  res.status(422);
  await renderColumns(res, file, form);
}

async function renderColumns(res: Response, file: Import, { values, errors }: FormState): Promise<void> {
  if (file.confirmedAt) throw new Conflict('This file was imported, so its columns can’t change any more.');
  if (!file.uploadedAt) throw new Conflict('This file did not arrive completely. Please upload it again.');
  const sample = await firstRows(file.id);
  const width = Math.max(0, ...sample.map((cells) => cells.length));
  const cut = (cell: string) => (cell.length > LONGEST_CELL ? `${cell.slice(0, LONGEST_CELL)}…` : cell);
  const names = Array.from({ length: width }, (_, at) => cut(nameOfColumn(sample, at, file.hasHeading)));
  res.render('admin/imports/columns', {
    file,
    values,
    errors,
    steps: stepsAt(file.kind, 'mapping'),
    columns: kindOf(file).columns,
    options: names.map((label, at) => ({ value: String(at), label })),
    names: names.slice(0, SHOWN_COLUMNS),
    rows: sample
      .slice(file.hasHeading ? 1 : 0)
      .map((cells) => names.slice(0, SHOWN_COLUMNS).map((_, at) => cut(cells[at] ?? ''))),
    hidden: Math.max(0, width - SHOWN_COLUMNS),
  });
}
