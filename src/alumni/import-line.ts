import { z } from 'zod';
import { shorten } from '../csv/headings.ts';
import type { FileRow } from '../csv/read.ts';
import { type Column, columns, type Layout } from './import-columns.ts';
import { recordRules, tidy } from './record-rules.ts';

/** A line of the file that is fit to import. */
export type Line = Readonly<{ line: number; id: string; values: Values }>;
export type Values = Readonly<Partial<Record<Column, string | number | boolean | null>>>;

/** Something that one line of the file must say differently before it can be imported; no column: the line as a whole. */
export type LineError = Readonly<{ line: number; column: Column | null; message: string; value?: string }>;

/** What reads the rows below a header: a line to import, or what is wrong with it. `asOf` bounds the years of birth. */
export function lineReader({ places, width }: Layout, asOf: Date): (row: FileRow) => Line | LineError[] {
  const rules = recordRules(asOf);
  const schema = z.object(Object.fromEntries([...places.keys()].map((column) => [column, rules[column]])));
  return ({ line, cells }) => {
    if (cells.length < width || cells.slice(width).some((cell) => cell.trim() !== '')) {
      return [{ line, column: null, message: widthMessage(cells.length, width) }];
    }
    const typed = Object.fromEntries(
      [...places].map(([column, place]) => [column, tidy(cells[place] ?? '')]),
    );
    const read = schema.safeParse(typed);
    if (read.success) return { line, id: typed.external_id ?? '', values: read.data };
    return read.error.issues.map(({ path, message }) => {
      const column = columns.find((each) => each === path[0]) ?? null;
      const value = shorten(typed[column ?? ''] ?? '');
      return { line, column, message, ...(value && { value }) };
    });
  };
}

function widthMessage(found: number, width: number): string {
  return `This line has ${found} cells, the header ${width}. Look for a missing or extra comma or quotation mark.`;
}
