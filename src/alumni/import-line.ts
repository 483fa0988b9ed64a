import { z } from 'zod';
import { normaliseAddress } from '../mail/address.ts';
import { isYearOfBirth } from './age.ts';
import { type Column, columns, type Layout, shorten } from './import-columns.ts';
import type { FileRow } from './import-file.ts';

/** A line of the file that is fit to import. */
export type Line = Readonly<{ line: number; id: string; values: Values }>;
export type Values = Readonly<Partial<Record<Column, string | number | boolean | null>>>;

/** Something that one line of the file must say differently before it can be imported; no column: the line as a whole. */
export type LineError = Readonly<{ line: number; column: Column | null; message: string; value?: string }>;

const answers = new Map([
  ...['yes', 'y', 'true', 't', '1', 'x'].map((word): [string, boolean] => [word, true]),
  ...['no', 'n', 'false', 'f', '0'].map((word): [string, boolean] => [word, false]),
]);

/** What reads the rows below a header: a line to import, or what is wrong with it. `asOf` bounds the years of birth. */
export function lineReader({ places, width }: Layout, asOf: Date): (row: FileRow) => Line | LineError[] {
  const rules = cellRules(asOf);
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

/** On one line, without needless spaces, its letters composed. */
function tidy(cell: string): string {
  return cell.normalize('NFC').replaceAll(/\s+/g, ' ').trim();
}

function widthMessage(found: number, width: number): string {
  return `This line has ${found} cells, the header ${width}. Look for a missing or extra comma or quotation mark.`;
}

function cellRules(asOf: Date) {
  const thisYear = asOf.getUTCFullYear();
  return {
    external_id: text.min(1, 'Give each person an id that stays the same from file to file.'),
    first_name: text,
    last_name: text.min(1, 'Give a last name; a person with one name only has it here.'),
    email: z.string().transform((typed, context) => {
      const address = normaliseAddress(typed);
      if (typed && !address) context.addIssue('This is no e-mail address. Correct it or leave it empty.');
      return address;
    }),
    batch: year(
      (batch) => batch >= 1900 && batch <= 2100,
      'Give the batch as a year, such as 2012, or leave it empty.',
    ),
    center: text.transform((name) => name || null),
    year_of_birth: year(
      (birth) => isYearOfBirth(birth, asOf),
      `Give the year of birth as four digits, from 1900 to ${thisYear}, or leave it empty.`,
    ),
    active: yesOrNo(true),
    deceased: yesOrNo(false),
  } satisfies Record<Column, z.ZodType>;
}

const text = z
  .string()
  .max(100, 'Shorten this to at most 100 characters.')
  .refine((cell) => !/\p{Cc}/u.test(cell), 'Remove the control characters.');

function year(fits: (year: number) => boolean, message: string) {
  return z
    .string()
    .refine((cell) => cell === '' || (/^\d{4}$/.test(cell) && fits(Number(cell))), message)
    .transform((cell) => (cell === '' ? null : Number(cell)));
}

function yesOrNo(unsaid: boolean) {
  return z
    .string()
    .refine((cell) => cell === '' || answers.has(cell.toLowerCase()), 'Say yes or no, or leave it empty.')
    .transform((cell) => answers.get(cell.toLowerCase()) ?? unsaid);
}
