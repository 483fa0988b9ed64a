import { z } from 'zod';
import { type RecordColumn, type RecordValues, recordColumns } from '../../alumni/record-columns.ts';
import { createRecordSchemas, normaliseCell } from '../../alumni/record-fields.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { truncate } from '../../platform/tables/headings.ts';
import type { TableRow } from '../../platform/tables/table.ts';
import type { FileLayout } from './headings.ts';

/** A valid line of the file. */
export type ImportLine = Readonly<{ line: number; id: string; values: RecordValues }>;

/** An error on one line. `column` is null if the whole line is wrong. */
export type LineError = Readonly<{
  line: number;
  column: RecordColumn | null;
  message: string;
  value?: string;
}>;

export type CellError = Readonly<{ column: RecordColumn | null; message: string; value?: string }>;

/** Creates a function that parses a row, or returns its errors. `asOf` limits the years of birth. */
export function createLineReader(
  { positions, width }: FileLayout,
  asOf: Date,
): (row: TableRow) => ImportLine | LineError[] {
  const readCells = createCellsReader([...positions.keys()], asOf);
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
  mapped: readonly RecordColumn[],
  asOf: Date,
): (cells: Readonly<Record<string, string>>) => Pick<ImportLine, 'id' | 'values'> | { errors: CellError[] } {
  const schemas = createRecordSchemas(asOf);
  const schema = z.object(Object.fromEntries(mapped.map((column) => [column, schemas[column]])));
  return (cells) => {
    const normalised = Object.fromEntries(
      mapped.map((column) => [column, normaliseCell(cells[column] ?? '')]),
    );
    const parsed = schema.safeParse(normalised);
    if (parsed.success) return { id: String(parsed.data.external_id ?? ''), values: parsed.data };
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
