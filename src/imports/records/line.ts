import { z } from 'zod';
import { type RecordColumn, type RecordValues, recordColumns } from '../../alumni/record-columns.ts';
import { createRecordSchemas, normaliseCell } from '../../alumni/record-fields.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { truncate } from '../../platform/tables/headings.ts';
import type { TableRow } from '../../platform/tables/table.ts';
import type { Remark } from '../remarks.ts';
import { type FileColumn, type FileLayout, recordColumnsOf } from './headings.ts';
import { prepareCells, type ReadingOptions } from './prepare.ts';

/** A valid line of the file. An empty cell that keeps what is on file has no value. */
export type ImportLine = Readonly<{ line: number; id: string; values: RecordValues }>;

/** An error on one line. `column` is null if the whole line is wrong. */
export type LineError = Readonly<{
  line: number;
  column: RecordColumn | null;
  message: string;
  value?: string;
}>;

export type CellError = Readonly<{ column: RecordColumn | null; message: string; value?: string }>;
// Excel writes long numbers like this into CSV files, and their last digits are lost.
const DAMAGED_ID = /^\d([.,]\d+)?E\+?\d+$/i;

type ReadCells = Pick<ImportLine, 'id' | 'values'> & Readonly<{ remarks: readonly Remark[] }>;

/** Creates a function that parses a row, or returns its errors. */
export function createLineReader(
  { positions, width }: FileLayout,
  options: ReadingOptions,
): (row: TableRow) => ImportLine | LineError[] {
  const readCells = createCellsReader([...positions.keys()], options);
  return ({ line, cells }) => {
    const widthError = findWidthError(cells, width);
    if (widthError !== null) return [{ line, column: null, message: widthError }];
    const result = readCells(
      Object.fromEntries([...positions].map(([column, position]) => [column, cells[position] ?? ''])),
    );
    return 'errors' in result ? result.errors.map((error) => ({ line, ...error })) : { line, ...result };
  };
}

/** Creates a function that parses a record from the cells of these columns, or returns their errors. */
export function createCellsReader(
  columns: readonly FileColumn[],
  options: ReadingOptions,
): (cells: Readonly<Record<string, string>>) => ReadCells | { errors: CellError[] } {
  const schemas = createRecordSchemas(options.asOf);
  const mapped = recordColumnsOf(columns);
  const schema = z.object(Object.fromEntries(mapped.map((column) => [column, schemas[column]])));
  return (cells) => {
    const { cells: prepared, remarks } = prepareCells(cells, options);
    const normalised = Object.fromEntries(
      mapped.map((column) => [column, normaliseCell(prepared[column] ?? '')]),
    );
    if (DAMAGED_ID.test(normalised.external_id ?? '')) {
      const value = normalised.external_id ?? '';
      return { errors: [{ column: 'external_id', message: t('imports:rowErrors.damagedId'), value }] };
    }
    const parsed = schema.safeParse(normalised);
    if (parsed.success) {
      const isKept = (column: string) =>
        normalised[column] === '' &&
        (options.keepEmpty || (column === 'other_emails' && !columns.includes('other_emails')));
      const values = Object.fromEntries(Object.entries(parsed.data).filter(([column]) => !isKept(column)));
      return { id: String(parsed.data.external_id ?? ''), values, remarks };
    }
    const errors = parsed.error.issues.map(({ path, message }) => {
      const column = recordColumns.find((name) => name === path[0]) ?? null;
      const value = truncate(normalised[column ?? ''] ?? '');
      return { column, message, ...(value && { value }) };
    });
    return { errors };
  };
}

/** The error of a row that doesn't have as many cells as the header, or null. */
export function findWidthError(cells: readonly string[], width: number): string | null {
  const isValid = cells.length >= width && cells.slice(width).every((cell) => cell.trim() === '');
  return isValid ? null : t('imports:rowErrors.cellCount', { found: cells.length, expected: width });
}
