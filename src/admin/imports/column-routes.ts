import { type Request, type Response, Router } from 'express';
import { mapColumns } from '../../imports/column-mapping.ts';
import { getImport, type Import } from '../../imports/import.ts';
import { importKindOf } from '../../imports/kinds/all.ts';
import { listFirstRows } from '../../imports/row.ts';
import { Conflict } from '../../platform/errors.ts';
import { type FormState, readForm } from '../../platform/http/form.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { shorten } from '../../platform/text/text.ts';
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

/** Shows the guessed columns, or the ones that staff saved last. */
export async function showColumns(req: Request, res: Response): Promise<void> {
  const file = await getImport(String(req.params.id));
  const mappedValues = Object.entries(file.columns).map(
    ([name, position]) => [`columns[${name}]`, String(position)] as const,
  );
  const values = {
    heading: file.hasHeading ? 'yes' : 'no',
    empty: file.keepEmpty ? 'keep' : 'erase',
    nameOrder: file.nameOrder,
    ...Object.fromEntries(mappedValues),
  };
  await renderColumns(res, file, { values, errors: {} });
}

async function submitColumns(req: Request, res: Response): Promise<void> {
  const file = await getImport(String(req.params.id));
  const form = readForm(columnsForm(importKindOf(file)), req.body);
  const isSaved = await form.run(async ({ heading, columns, empty, nameOrder }) => {
    const mapped = Object.entries(columns).filter((pair): pair is [string, number] => pair[1] !== null);
    const mapping = {
      columns: Object.fromEntries(mapped),
      hasHeading: heading === 'yes',
      keepEmpty: empty === 'keep',
      nameOrder,
    };
    await mapColumns(file.id, mapping, actorOf(req, res));
    return true;
  });
  if (isSaved) return res.redirect(303, `/admin/imports/${file.id}`);
  res.status(422);
  await renderColumns(res, file, form);
}

async function renderColumns(res: Response, file: Import, { values, errors }: FormState): Promise<void> {
  if (file.confirmedAt) throw new Conflict(t('imports:errors.columnsFinal'));
  if (!file.uploadedAt) throw new Conflict(t('imports:errors.incomplete'));
  const sample = await listFirstRows(file.id);
  const width = Math.max(0, ...sample.map((cells) => cells.length));
  const truncate = (cell: string) => shorten(cell, MAX_CELL_LENGTH);
  const names = Array.from({ length: width }, (_, position) =>
    truncate(columnLabel(sample, position, file.hasHeading)),
  );
  res.render('admin/imports/columns', {
    file,
    values,
    errors,
    steps: importSteps(file.kind, 'mapping'),
    columns: importKindOf(file).columns,
    options: names.map((label, position) => ({ value: String(position), label })),
    names: names.slice(0, MAX_COLUMNS_SHOWN),
    rows: sample
      .slice(file.hasHeading ? 1 : 0)
      .map((cells) =>
        names.slice(0, MAX_COLUMNS_SHOWN).map((_, position) => truncate(cells[position] ?? '')),
      ),
    hiddenColumnCount: Math.max(0, width - MAX_COLUMNS_SHOWN),
  });
}
