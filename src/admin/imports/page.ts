import type { Request } from 'express';
import { countImportable, type Import, importStateOf, type ListedImport } from '../../imports/import.ts';
import { importKindOf } from '../../imports/kinds/all.ts';
import { countLeftovers, type Leftover, type LeftoverCount } from '../../imports/leftovers.ts';
import { remarkNames } from '../../imports/remarks.ts';
import { type CheckedRow, listFirstRows, listRows } from '../../imports/row.ts';
import { notUndoableReason } from '../../imports/run.ts';
import { pageLinks, parseCursor, singleParam } from '../../platform/http/list-query.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { truncate } from '../../platform/tables/headings.ts';
import type { TableColumn } from '../../platform/tables/write.ts';
import { toSingleLine } from '../../platform/text/text.ts';
import {
  describeFormat,
  importBadge,
  importProgress,
  importSteps,
  outcomeLabel,
  outcomeLabels,
  statusLabels,
} from './describe.ts';

type Locals = Record<string, unknown>;

export function describeImport(file: ListedImport) {
  return {
    ...file,
    badge: importBadge(file.kind, importStateOf(file)),
    kindLabel: t(`imports:kinds.${file.kind}`),
  };
}

/** The data of an import's page: the progress of the worker, the checked rows, or the result. */
export async function importPage(file: Import, req: Request): Promise<Locals> {
  const state = importStateOf(file);
  const progress = importProgress(file, state);
  const common = {
    file,
    state,
    progress,
    badge: importBadge(file.kind, state),
    steps: importSteps(file.kind, state),
    format: describeFormat(file.format),
  };
  if (progress || state === 'interrupted') return common;
  return {
    ...common,
    count: countImportable(file),
    isUndoable: notUndoableReason(file) === null,
    statuses: statusLabels(file.kind)
      .map((label) => ({ ...label, count: file.statusCounts[label.name] ?? 0 }))
      .filter(({ count }) => count > 0),
    outcomes: outcomeLabels()
      .map((label) => ({ ...label, count: file.outcomeCounts[label.name] ?? 0 }))
      .filter(({ count }) => count > 0),
    ...(await describeColumns(file)),
    remarks: remarkNames
      .filter((name) => (file.remarkCounts[name] ?? 0) > 0)
      .map((name) => ({ name, text: t(`imports:remarks.${name}`, { count: file.remarkCounts[name] ?? 0 }) })),
    leftovers: await describeLeftovers(file),
    ...(file.rowsPurgedAt ? {} : await importRows(file, req)),
  };
}

/** The columns of the CSV report: the cells of each row, its status and its outcome. */
export function reportColumns(file: Import): TableColumn<CheckedRow>[] {
  const labels = new Map(statusLabels(file.kind).map(({ name, label }) => [name, label]));
  const mapped = importKindOf(file).columns.filter(({ name }) => file.columns[name] !== undefined);
  return [
    { heading: t('imports:report.line'), value: ({ line }) => line },
    ...mapped.map(({ name, label }) => ({
      heading: label(),
      value: ({ cells }: CheckedRow) => cells[file.columns[name] ?? -1] ?? '',
    })),
    { heading: t('imports:report.status'), value: ({ status }) => labels.get(status) ?? status },
    { heading: t('imports:report.details'), value: ({ explanation }) => explanation },
    ...(file.confirmedAt ? [{ heading: t('imports:report.outcome'), value: outcomeLabel }] : []),
  ];
}

/** “B: Name”, or “B: amma@example.org” if the file has no headings. */
export function columnLabel(rows: readonly string[][], position: number, hasHeading: boolean): string {
  const letter = (index: number) => String.fromCharCode(65 + index);
  const letters =
    position < 26 ? letter(position) : `${letter(Math.floor(position / 26) - 1)}${letter(position % 26)}`;
  const sampleText = hasHeading ? rows[0]?.[position] : rows.find((cells) => cells[position])?.[position];
  return sampleText ? `${letters}: ${truncate(sampleText)}` : t('imports:columns.emptyColumn', { letters });
}

/** Which column of the file each mapped column was read from. */
async function describeColumns(
  file: Import,
): Promise<{ columns: { label: string; from: string }[]; unusedColumns: string[] }> {
  const sample = await listFirstRows(file.id);
  const used = new Set(Object.values(file.columns));
  const [headings = []] = file.hasHeading ? sample : [];
  const unusedColumns = headings.filter((heading, position) => !used.has(position) && heading.trim() !== '');
  const columns = importKindOf(file).columns.flatMap(({ name, label }) => {
    const position = file.columns[name];
    return position === undefined
      ? []
      : [{ label: label(), from: columnLabel(sample, position, file.hasHeading) }];
  });
  return { columns, unusedColumns: unusedColumns.map((heading) => truncate(toSingleLine(heading))) };
}

/** The columns of the list of addresses that aren't used. */
export async function leftoverColumns(file: Import): Promise<TableColumn<Leftover>[]> {
  const sample = await listFirstRows(file.id);
  return [
    { heading: t('imports:leftovers.address'), value: ({ text }) => text },
    { heading: t('imports:leftovers.sheetName'), value: ({ sheet }) => sheet },
    { heading: t('imports:leftovers.line'), value: ({ line }) => line },
    { heading: t('imports:leftovers.reason'), value: (leftover) => describePlace(leftover, sample, file) },
  ];
}

async function describeLeftovers(file: Import) {
  const sample = await listFirstRows(file.id);
  return (await countLeftovers(file.id)).map(({ count, ...place }) => ({
    count,
    where: describePlace(place, sample, file),
  }));
}

function describePlace(
  { reason, position, sheet }: Pick<LeftoverCount, 'reason' | 'position' | 'sheet'>,
  sample: readonly string[][],
  { hasHeading }: Import,
): string {
  if (reason === 'column')
    return t('imports:leftovers.column', { column: columnLabel(sample, position ?? 0, hasHeading) });
  if (reason === 'sheet') return t('imports:leftovers.sheet', { sheet: sheet ?? '' });
  return t(`imports:leftovers.${reason}`);
}

async function importRows(file: Import, req: Request): Promise<Locals> {
  const show = singleParam(req.query.show);
  const status = statusLabels(file.kind).find(({ name }) => name === show);
  const outcome = outcomeLabels().find(({ name }) => name === show);
  const remark = remarkNames.find((name) => name === show);
  const filter = status ? { status: show } : outcome ? { outcome: show } : remark ? { remark } : {};
  const page = await listRows(file.id, filter, parseCursor(req.query));
  return {
    rows: page.items.map((row) => ({ ...row, ...describeRow(file, row) })),
    filterLabel:
      status?.label ??
      outcome?.label ??
      (remark ? t(`imports:remarks.${remark}`, { count: file.remarkCounts[remark] ?? 0 }) : null),
    urls: pageLinks(req, page),
  };
}

function describeRow(file: Import, row: CheckedRow) {
  const cellText = (...names: string[]) => {
    const cellValue = (name: string) => row.values?.[name] ?? row.cells[file.columns[name] ?? -1];
    return truncate(names.map(cellValue).filter(Boolean).join(' ').trim());
  };
  // The parsed name of an invitee already includes the first name.
  const person =
    file.kind === 'alumni'
      ? { title: cellText('first_name', 'last_name'), about: cellText('external_id') }
      : { title: cellText('email'), about: row.values ? cellText('name') : cellText('firstName', 'name') };
  const isRecordDeleted = row.outcome === 'undone' && row.previousValues === null;
  return {
    title: person.title || truncate(row.cells.join(' ').trim()) || '–',
    about: person.about || '–',
    url: row.recordId && !isRecordDeleted ? `/admin/alumni/${row.recordId}` : null,
    statusLabel: statusLabels(file.kind).find(({ name }) => name === row.status),
    outcomeLabel: outcomeLabel(row),
  };
}
