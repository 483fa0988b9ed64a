import { type RecordColumn, recordColumns } from '../../alumni/record-columns.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { invalidFile } from '../../platform/tables/decode.ts';
import { normaliseHeading, truncate } from '../../platform/tables/headings.ts';
import { guessByHeadings, knownHeadings } from '../headings.ts';

/** The columns that a file may have: those of records, and two that are read into them. */
export const fileColumns = [...recordColumns, 'full_name', 'inactive'] as const;
export type FileColumn = (typeof fileColumns)[number];

/** The position of each known column (from 0), the width of the header, and the headings that are ignored. */
export type FileLayout = Readonly<{
  positions: ReadonlyMap<FileColumn, number>;
  width: number;
  unknownColumns: string[];
}>;

/** The accepted headings of each column as `normaliseHeading` returns them, its own name first. */
export const columnSynonyms: Readonly<Record<FileColumn, readonly string[]>> = {
  external_id: knownHeadings.externalId,
  first_name: knownHeadings.firstName,
  last_name: knownHeadings.lastName,
  former_name: knownHeadings.formerName,
  email: knownHeadings.email,
  email_of: knownHeadings.emailOf,
  other_emails: knownHeadings.otherEmails,
  batch: knownHeadings.batch,
  center: knownHeadings.center,
  year_of_birth: knownHeadings.yearOfBirth,
  language: knownHeadings.language,
  active: knownHeadings.active,
  deceased: knownHeadings.deceased,
  full_name: knownHeadings.fullName,
  inactive: knownHeadings.inactive,
};

/** The columns of records that are read from these columns of a file. */
export function recordColumnsOf(columns: readonly FileColumn[]): RecordColumn[] {
  const readFrom: Partial<Record<RecordColumn, FileColumn>> = {
    first_name: 'full_name',
    last_name: 'full_name',
    active: 'inactive',
    // A cell with several addresses.
    other_emails: 'email',
  };
  return recordColumns.filter((name) =>
    [name, readFrom[name]].some((column) => column !== undefined && columns.includes(column)),
  );
}

/**
 * Reads the header line. See `guessByHeadings`.
 * @throws InvalidInput if a required column is missing or occurs twice
 */
export function readLayout(header: readonly string[]): FileLayout {
  const wanted = fileColumns.map((name) => ({ name, synonyms: columnSynonyms[name] }));
  const guessed = guessByHeadings(wanted, header);
  const positions = new Map(fileColumns.flatMap((name) => toPair(name, guessed.get(name))));
  const headings = header.map(normaliseHeading);
  for (const [column, position] of positions) {
    const second = headings.indexOf(headings[position] ?? '', position + 1);
    if (second < 0) continue;
    const same = [position, second].map((index) => `“${truncate(header[index] ?? '')}”`);
    throw invalidFile(t('imports:file.sameColumns', { headings: same, column }));
  }
  requireColumns(positions, header);
  const used = new Set(positions.values());
  const unknownColumns = header
    .filter((name, position) => !used.has(position) && name.trim() !== '')
    .map((name) => truncate(name.trim()));
  return { positions, width: header.length, unknownColumns };
}

function requireColumns(positions: ReadonlyMap<FileColumn, number>, header: readonly string[]): void {
  const missing = [
    ...(positions.has('external_id') ? [] : ['external_id']),
    ...(positions.has('last_name') || positions.has('full_name') ? [] : ['last_name']),
  ];
  if (missing.length === 0) return;
  const found = header.slice(0, fileColumns.length).map(truncate).join(', ');
  throw invalidFile(t('imports:file.missingColumns', { missing, found, columns: fileColumns.join(', ') }));
}

function toPair(name: FileColumn, position: number | undefined): [FileColumn, number][] {
  return position === undefined ? [] : [[name, position]];
}
