import { type Request, type Response, Router } from 'express';
import { mapColumns } from '../../imports/columns.ts';
import { getImport, type Import } from '../../imports/import.ts';
import { importKindOf } from '../../imports/kinds/all.ts';
import { listFirstRows } from '../../imports/row.ts';
import { Conflict } from '../../platform/errors.ts';
import { type FormState, readForm } from '../../platform/http/form.ts';
import { actorOf, requireStaff } from '../../sign-in/guard.ts';
import { importSteps } from './describe.ts';
import { columnsForm } from './forms.ts';
import { columnLabel } from './page.ts';

const adminOnly = requireStaff('admin');

export const adminImportColumnRoutes = Router();
adminImportColumnRoutes.get('/:id/columns', adminOnly, showColumns);
adminImportColumnRoutes.post('/:id/columns', adminOnly, submitColumns);

const MAX_COLUMNS_SHOWN = 12;
const MAX_CELL_LENGTH = 60;

/** Which column is which: as guessed, or as staff said last. */
export async function showColumns(req: Request, res: Response): Promise<void> {
  const file = await getImport(String(req.params.id));
  const mappedValues = Object.entries(file.columns).map(
    ([name, at]) => [`columns[${name}]`, String(at)] as const,
  );
  const values = { heading: file.hasHeading ? 'yes' : 'no', ...Object.fromEntries(mappedValues) };
  await renderColumns(res, file, { values, errors: {} });
}

async function submitColumns(req: Request, res: Response): Promise<void> {
  const file = await getImport(String(req.params.id));
  const form = readForm(columnsForm(importKindOf(file)), req.body);
  const mapped = await form.run(async ({ heading, columns }) => {
    const chosen = Object.entries(columns).filter((pair): pair is [string, number] => pair[1] !== null);
    const mapping = { columns: Object.fromEntries(chosen), hasHeading: heading === 'yes' };
    await mapColumns(file.id, mapping, actorOf(req, res));
    return true;
  });
  if (mapped) return res.redirect(303, `/admin/imports/${file.id}`);
  res.status(422);
  await renderColumns(res, file, form);
}

async function renderColumns(res: Response, file: Import, { values, errors }: FormState): Promise<void> {
  if (file.confirmedAt) throw new Conflict('This file was imported, so its columns can’t change any more.');
  if (!file.uploadedAt) throw new Conflict('This file did not arrive completely. Please upload it again.');
  const sample = await listFirstRows(file.id);
  const width = Math.max(0, ...sample.map((cells) => cells.length));
  const truncate = (cell: string) =>
    cell.length > MAX_CELL_LENGTH ? `${cell.slice(0, MAX_CELL_LENGTH)}…` : cell;
  const names = Array.from({ length: width }, (_, at) => truncate(columnLabel(sample, at, file.hasHeading)));
  res.render('admin/imports/columns', {
    file,
    values,
    errors,
    steps: importSteps(file.kind, 'mapping'),
    columns: importKindOf(file).columns,
    options: names.map((label, at) => ({ value: String(at), label })),
    names: names.slice(0, MAX_COLUMNS_SHOWN),
    rows: sample
      .slice(file.hasHeading ? 1 : 0)
      .map((cells) => names.slice(0, MAX_COLUMNS_SHOWN).map((_, at) => truncate(cells[at] ?? ''))),
    hidden: Math.max(0, width - MAX_COLUMNS_SHOWN),
  });
}
