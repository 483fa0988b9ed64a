import { type RecordColumn, recordColumns } from '../../alumni/record-columns.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { invalidFile } from '../../platform/tables/decode.ts';
import { normaliseHeading, truncate } from '../../platform/tables/headings.ts';

/** The position of each known column (from 0), the width of the header, and the headings that are ignored. */
export type FileLayout = Readonly<{
  positions: ReadonlyMap<RecordColumn, number>;
  width: number;
  unknownColumns: string[];
}>;

/** The accepted headings of each column as `normaliseHeading` returns them, its own name first. */
export const columnSynonyms: Readonly<Record<RecordColumn, readonly string[]>> = {
  external_id: ['externalid', 'id', 'alumniid', 'memberid', 'recordid'],
  first_name: ['firstname', 'first', 'givenname', 'forename'],
  last_name: ['lastname', 'last', 'surname', 'familyname'],
  former_name: ['formername', 'maidenname', 'birthname', 'previousname', 'nameatschool'],
  email: ['email', 'mail', 'emailaddress'],
  batch: ['batch', 'year', 'class', 'classyear', 'graduationyear'],
  center: ['center', 'centre', 'campus'],
  year_of_birth: ['yearofbirth', 'birthyear', 'yob', 'dobyear'],
  language: ['language', 'lang', 'locale', 'preferredlanguage', 'sprache', 'langue', 'idioma'],
  active: ['active', 'isactive'],
  deceased: ['deceased', 'isdeceased'],
};

export const requiredColumns: readonly RecordColumn[] = ['external_id', 'last_name'];

/**
 * Reads the header line. A column’s own name takes precedence over its synonyms, so `id` beside `external_id` is
 * ignored.
 * @throws InvalidInput if a required column is missing or occurs twice
 */
export function readLayout(header: readonly string[]): FileLayout {
  const positions = new Map<RecordColumn, number>();
  for (const column of recordColumns) {
    const [position, second] = findPositions(column, header.map(normaliseHeading));
    if (second !== undefined) {
      const headings = [position, second].map((index) => `“${truncate(header[index ?? 0] ?? '')}”`);
      throw invalidFile(t('imports:file.sameColumns', { headings, column }));
    }
    if (position !== undefined) positions.set(column, position);
  }
  const missing = requiredColumns.filter((column) => !positions.has(column));
  if (missing.length > 0) {
    const found = header.slice(0, recordColumns.length).map(truncate).join(', ');
    throw invalidFile(
      t('imports:file.missingColumns', { missing, found, columns: recordColumns.join(', ') }),
    );
  }
  const used = new Set(positions.values());
  const unknownColumns = header
    .filter((name, position) => !used.has(position) && name.trim() !== '')
    .map((name) => truncate(name.trim()));
  return { positions, width: header.length, unknownColumns };
}

function findPositions(column: RecordColumn, names: readonly string[]): number[] {
  const [ownName, ...others] = columnSynonyms[column];
  const positionsOf = (isMatch: (name: string) => boolean) =>
    [...names.keys()].filter((position) => isMatch(names[position] ?? ''));
  const exact = positionsOf((name) => name === ownName);
  return exact.length > 0 ? exact : positionsOf((name) => others.includes(name));
}
