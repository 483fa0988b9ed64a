import { z } from 'zod';
import { type RecordColumn, type RecordValues, recordColumns } from '../../alumni/record-columns.ts';
import { createRecordSchemas, normaliseCell } from '../../alumni/record-fields.ts';
import { truncate } from '../../platform/csv/headings.ts';
import type { CsvRow } from '../../platform/csv/read.ts';
import type { FileLayout } from './columns.ts';

/** A line of the file that is fit to import. */
export type ImportLine = Readonly<{ line: number; id: string; values: RecordValues }>;

/** Something that one line of the file must say differently before it can be imported; no column: the line as a whole. */
export type LineError = Readonly<{
  line: number;
  column: RecordColumn | null;
  message: string;
  value?: string;
}>;

/** What is wrong with one cell. */
export type CellError = Readonly<{ column: RecordColumn | null; message: string; value?: string }>;

/** What reads the rows below a header: a line to import, or what is wrong with it. `asOf` bounds the years of birth. */
export function createLineReader(
  { positions, width }: FileLayout,
  asOf: Date,
): (row: CsvRow) => ImportLine | LineError[] {
  const read = createCellsReader([...positions.keys()], asOf);
  return ({ line, cells }) => {
    const widthError = findWidthError(cells, width);
    if (widthError !== null) return [{ line, column: null, message: widthError }];
    const found = read(
      Object.fromEntries([...positions].map(([column, position]) => [column, cells[position] ?? ''])),
    );
    return 'errors' in found ? found.errors.map((candidate) => ({ line, ...candidate })) : { line, ...found };
  };
}

/** What reads a person from the cells of these columns, or says what is wrong with them. */
export function createCellsReader(
  mapped: readonly RecordColumn[],
  asOf: Date,
): (cells: Readonly<Record<string, string>>) => Pick<ImportLine, 'id' | 'values'> | { errors: CellError[] } {
  const rules = createRecordSchemas(asOf);
  const schema = z.object(Object.fromEntries(mapped.map((column) => [column, rules[column]])));
  return (cells) => {
    const typed = Object.fromEntries(mapped.map((column) => [column, normaliseCell(cells[column] ?? '')]));
    const read = schema.safeParse(typed);
    if (read.success) return { id: typed.external_id ?? '', values: read.data };
    const errors = read.error.issues.map(({ path, message }) => {
      const column = recordColumns.find((each) => each === path[0]) ?? null;
      const value = truncate(typed[column ?? ''] ?? '');
      return { column, message, ...(value && { value }) };
    });
    return { errors };
  };
}

/** What is wrong with a row that has not as many cells as the header; null when it has. */
export function findWidthError(cells: readonly string[], width: number): string | null {
  const isWhole = cells.length >= width && cells.slice(width).every((cell) => cell.trim() === '');
  return isWhole ? null : describeWidthError(cells.length, width);
}

function describeWidthError(found: number, width: number): string {
  return `This line has ${found} cells, the header ${width}. Look for a missing or extra comma or quotation mark.`;
}
