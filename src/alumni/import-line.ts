import { z } from 'zod';
import { shorten } from '../csv/headings.ts';
import type { FileRow } from '../csv/read.ts';
import { type Column, columns, type Layout, type Values } from './import-columns.ts';
import { recordRules, tidy } from './record-rules.ts';

/** A line of the file that is fit to import. */
export type Line = Readonly<{ line: number; id: string; values: Values }>;

/** Something that one line of the file must say differently before it can be imported; no column: the line as a whole. */
export type LineError = Readonly<{ line: number; column: Column | null; message: string; value?: string }>;

/** What is wrong with one cell. */
export type Fault = Readonly<{ column: Column | null; message: string; value?: string }>;

/** What reads the rows below a header: a line to import, or what is wrong with it. `asOf` bounds the years of birth. */
export function lineReader({ places, width }: Layout, asOf: Date): (row: FileRow) => Line | LineError[] {
  const read = cellsReader([...places.keys()], asOf);
  return ({ line, cells }) => {
    const fault = widthFault(cells, width);
    if (fault !== null) return [{ line, column: null, message: fault }];
    const found = read(
      Object.fromEntries([...places].map(([column, place]) => [column, cells[place] ?? ''])),
    );
    return 'faults' in found ? found.faults.map((each) => ({ line, ...each })) : { line, ...found };
  };
}

/** What reads a person from the cells of these columns, or says what is wrong with them. */
export function cellsReader(
  given: readonly Column[],
  asOf: Date,
): (cells: Readonly<Record<string, string>>) => Pick<Line, 'id' | 'values'> | { faults: Fault[] } {
  const rules = recordRules(asOf);
  const schema = z.object(Object.fromEntries(given.map((column) => [column, rules[column]])));
  return (cells) => {
    const typed = Object.fromEntries(given.map((column) => [column, tidy(cells[column] ?? '')]));
    const read = schema.safeParse(typed);
    if (read.success) return { id: typed.external_id ?? '', values: read.data };
    const faults = read.error.issues.map(({ path, message }) => {
      const column = columns.find((each) => each === path[0]) ?? null;
      const value = shorten(typed[column ?? ''] ?? '');
      return { column, message, ...(value && { value }) };
    });
    return { faults };
  };
}

/** What is wrong with a row that has not as many cells as the header; null when it has. */
export function widthFault(cells: readonly string[], width: number): string | null {
  const isWhole = cells.length >= width && cells.slice(width).every((cell) => cell.trim() === '');
  return isWhole ? null : widthMessage(cells.length, width);
}

function widthMessage(found: number, width: number): string {
  return `This line has ${found} cells, the header ${width}. Look for a missing or extra comma or quotation mark.`;
}
