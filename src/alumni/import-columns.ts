import { refusal } from '../csv/decode.ts';
import { shorten, squash } from '../csv/headings.ts';

/** The columns of a register that can be imported, in the order of the table. */
export const columns = [
  'external_id',
  'first_name',
  'last_name',
  'email',
  'batch',
  'center',
  'year_of_birth',
  'active',
  'deceased',
] as const;

export type Column = (typeof columns)[number];

/** What a row says of the columns that its file has. */
export type Values = Readonly<Partial<Record<Column, string | number | boolean | null>>>;

/** Where the file keeps each column that it has (from 0), the width of its header, and the names it has in vain. */
export type Layout = Readonly<{ places: ReadonlyMap<Column, number>; width: number; unknown: string[] }>;

/** The names that headings have for each column, as `squash` writes them. */
export const synonyms: Readonly<Record<Column, readonly string[]>> = {
  external_id: ['externalid', 'id', 'alumniid', 'memberid', 'recordid'],
  first_name: ['firstname', 'first', 'givenname', 'forename'],
  last_name: ['lastname', 'last', 'surname', 'familyname'],
  email: ['email', 'mail', 'emailaddress'],
  batch: ['batch', 'year', 'class', 'classyear', 'graduationyear'],
  center: ['center', 'centre', 'campus'],
  year_of_birth: ['yearofbirth', 'birthyear', 'yob', 'dobyear'],
  active: ['active', 'isactive'],
  deceased: ['deceased', 'isdeceased'],
};

export const required: readonly Column[] = ['external_id', 'last_name'];

/**
 * Reads the header line. A column’s own name wins over other names for it (so an `id` beside `external_id` is ignored).
 * @throws Invalid when it lacks a required column or names one twice
 */
export function readLayout(header: readonly string[]): Layout {
  const places = new Map<Column, number>();
  for (const column of columns) {
    const [place, second] = placesOf(column, header.map(squash));
    if (second !== undefined) {
      const twice = [place, second].map((each) => `“${shorten(header[each ?? 0] ?? '')}”`).join(' and ');
      throw refusal(`The columns ${twice} mean the same (${column}). Leave one of them out.`);
    }
    if (place !== undefined) places.set(column, place);
  }
  const missing = required.filter((column) => !places.has(column));
  if (missing.length > 0) {
    const found = header.slice(0, columns.length).map(shorten).join(', ');
    throw refusal(
      `The first line must name the columns, and ${missing.join(' and ')} is missing. It reads: ${found}. ` +
        `These columns can be used: ${columns.join(', ')}.`,
    );
  }
  const used = new Set(places.values());
  const unknown = header
    .filter((name, place) => !used.has(place) && name.trim() !== '')
    .map((name) => shorten(name.trim()));
  return { places, width: header.length, unknown };
}

function placesOf(column: Column, names: readonly string[]): number[] {
  const [own, ...others] = synonyms[column];
  const named = (fits: (name: string) => boolean) =>
    [...names.keys()].filter((place) => fits(names[place] ?? ''));
  const exact = named((name) => name === own);
  return exact.length > 0 ? exact : named((name) => others.includes(name));
}
