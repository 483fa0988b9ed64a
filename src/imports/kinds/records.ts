import { type RecordColumn, type RecordValues, recordColumns } from '../../alumni/record-columns.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { normaliseHeading, truncate } from '../../platform/tables/headings.ts';
import { findAddresses } from '../addresses.ts';
import type { Import } from '../import.ts';
import {
  completeValues,
  defaultValues,
  deleteUnusedRecords,
  insertRecords,
  listStoredRecords,
  type StoredRecord,
  updateRecords,
} from '../records/bulk-write.ts';
import { columnSynonyms, fileColumns, recordColumnsOf } from '../records/headings.ts';
import { findIdsWithOtherZeros } from '../records/id-zeros.ts';
import { createCellsReader, findWidthError } from '../records/line.ts';
import { listFirstRows } from '../row.ts';
import type { Cells, ImportKind, ParsedRow, ParseResult, RowCheck } from './kind.ts';

const knownHeadings = new Set(Object.values(columnSynonyms).flat());

/** Alumni records, parsed by the same rules as in the command-line import. */
export const alumniKind: ImportKind = {
  columns: fileColumns.map((name) => ({
    name,
    label: () => t(`imports:recordColumns.${name}`),
    synonyms: columnSynonyms[name],
    isRequired: name === 'external_id' || name === 'last_name',
    ...(name === 'last_name' && { alternative: 'full_name' }),
  })),
  usedStatuses: ['new', 'changed', 'unchanged'],
  describeDuplicate: (line) => t('imports:rowErrors.sameId', { line }),
  isDataRow: (cells) => !cells.some((cell) => knownHeadings.has(normaliseHeading(cell))),
  guessColumn: (cells) => {
    const filled = cells.filter((cell) => cell.trim() !== '');
    const found = filled.filter((cell) => findAddresses(cell).length > 0);
    return found.length * 2 > filled.length ? 'email' : null;
  },
  createRowReader,
  checkRows: async (rows, source) => {
    const stored = await listStoredRecords(keysOf(rows));
    const withOtherZeros = await findIdsWithOtherZeros(source, keysOf(rows));
    return rows.map(({ key, values }) => {
      const record = stored.get(key);
      const other = withOtherZeros.get(key);
      if (!record && other !== undefined)
        return conflict(t('imports:rowErrors.otherZeros', { id: truncate(other) }));
      return checkRecord(completeValues(values, mappedColumns(source), record), record);
    });
  },
};

/** What happened to a row. `recordId` is null if nothing was imported. */
export type RowOutcome = Readonly<{ line: number; outcome: string; recordId: string | null }>;
export type ImportedRow = ParsedRow &
  Readonly<{ recordId: string | null; previousValues: RecordValues | null }>;

/** Imports rows whose record hasn't changed since the check, and skips the others. */
export async function importRecords(rows: readonly ImportedRow[], source: Import): Promise<RowOutcome[]> {
  const mapped = mappedColumns(source);
  const stored = await listStoredRecords(keysOf(rows), { lock: true });
  const added = await insertRecords(
    rows.filter(({ key, previousValues }) => previousValues === null && !stored.has(key)),
    mapped,
  );
  const outcomes = rows.map(({ line, key, previousValues }): RowOutcome => {
    const addedId = added.get(key);
    if (addedId !== undefined) return { line, outcome: 'imported', recordId: addedId };
    const record = stored.get(key);
    if (record?.mergedInto) return { line, outcome: 'merged-since', recordId: null };
    if (previousValues === null) return { line, outcome: 'added-since', recordId: null };
    if (!record || !hasValues(record, previousValues))
      return { line, outcome: 'changed-since', recordId: null };
    return { line, outcome: 'imported', recordId: record.id };
  });
  const changed = rows.flatMap(({ previousValues, values }, index) => {
    const id = outcomes[index]?.recordId;
    return previousValues !== null && id ? [{ id, values }] : [];
  });
  await updateRecords(changed, mapped);
  return outcomes;
}

/** Undoes rows whose record still has the imported values: deletes new records, and restores changed ones. */
export async function undoImportedRecords(
  rows: readonly ImportedRow[],
  source: Import,
): Promise<RowOutcome[]> {
  const stored = await listStoredRecords(keysOf(rows), { lock: true });
  const intact = rows.filter(({ key, recordId, values, previousValues }) => {
    const record = stored.get(key);
    return (
      record?.id === recordId &&
      hasValues(record, previousValues === null ? { ...defaultValues, ...values } : values)
    );
  });
  const restored = intact.flatMap(({ recordId, previousValues }) =>
    recordId !== null && previousValues !== null ? [{ id: recordId, values: previousValues }] : [],
  );
  await updateRecords(restored, [...new Set<RecordColumn>([...mappedColumns(source), 'email_of'])]);
  const added = intact.flatMap(({ recordId, previousValues }) =>
    recordId !== null && previousValues === null ? [recordId] : [],
  );
  const removed = await deleteUnusedRecords(added);
  const isIntact = new Set(intact.map(({ line }) => line));
  return rows.map(({ line, key, recordId, previousValues }) => {
    if (stored.get(key)?.mergedInto) return { line, outcome: 'kept-merged', recordId };
    if (!isIntact.has(line)) return { line, outcome: 'kept-changed', recordId };
    if (previousValues === null && !removed.has(recordId ?? ''))
      return { line, outcome: 'kept-in-use', recordId };
    return { line, outcome: 'undone', recordId };
  });
}

async function createRowReader(
  source: Import,
): Promise<(cells: Cells, allCells: readonly string[]) => ParseResult> {
  const { keepEmpty, nameOrder } = source;
  const columns = fileColumns.filter((column) => column in source.columns);
  const readCells = createCellsReader(columns, { asOf: new Date(), keepEmpty, nameOrder });
  const [first = []] = await listFirstRows(source.id, 1);
  return (cells, allCells) => {
    const error = findWidthError(allCells, first.length);
    if (error !== null) return { error };
    const result = readCells(cells);
    if ('values' in result) return { key: result.id, values: result.values, remarks: result.remarks };
    return {
      error: result.errors
        .map(({ column, message }) =>
          column
            ? t('imports:rowErrors.inColumn', { column: t(`imports:recordColumns.${column}`), message })
            : message,
        )
        .join('; '),
    };
  };
}

function checkRecord(values: RecordValues, stored: StoredRecord | undefined): RowCheck {
  if (!stored) return { status: 'new', explanation: null, previousValues: null, values };
  if (stored.mergedInto !== null)
    return conflict(t('imports:rowErrors.merged', { id: truncate(stored.mergedInto) }));
  const changed = recordColumns.filter(
    (column) => column in values && differs(column, values, stored.values),
  );
  if (changed.length === 0) return { status: 'unchanged', explanation: null, previousValues: null, values };
  const changes = changed.map((column) => describeChange(column, stored.values[column], values[column]));
  return { status: 'changed', explanation: changes.join('; '), previousValues: stored.values, values };
}

function conflict(explanation: string): RowCheck {
  return { status: 'conflict', explanation, previousValues: null };
}

function mappedColumns(source: Import): RecordColumn[] {
  return recordColumnsOf(fileColumns.filter((column) => column in source.columns));
}

function keysOf(rows: readonly ParsedRow[]): string[] {
  return rows.map(({ key }) => key);
}

/** Whether a record has all of these values. */
function hasValues(record: StoredRecord, values: RecordValues): boolean {
  return recordColumns.every((column) => !(column in values) || !differs(column, record.values, values));
}

// Addresses are compared without case, as in the database.
function differs(column: RecordColumn, first: RecordValues, second: RecordValues): boolean {
  const comparable = ({ [column]: value = null }: RecordValues) =>
    column === 'email' && typeof value === 'string' ? value.toLowerCase() : value;
  return comparable(first) !== comparable(second);
}

function describeChange(name: RecordColumn, previous: unknown, next: unknown): string {
  const column = t(`imports:recordColumns.${name}`);
  const [before, after] = [describeValue(previous), describeValue(next)];
  if (before === '') return t('imports:changes.filled', { column, after });
  if (after === '') return t('imports:changes.cleared', { column, before });
  return t('imports:changes.changed', { column, before, after });
}

function describeValue(value: unknown): string {
  if (typeof value === 'boolean') return value ? t('imports:changes.yes') : t('imports:changes.no');
  return truncate(String(value ?? ''));
}
