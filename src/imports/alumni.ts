import {
  columns,
  type Column as RecordColumn,
  required,
  synonyms,
  type Values,
} from '../alumni/import-columns.ts';
import { cellsReader, widthFault } from '../alumni/import-line.ts';
import {
  addRecords,
  removeUnused,
  type StoredRecord,
  storedRecords,
  writeRecords,
} from '../alumni/import-rows.ts';
import { shorten, squash } from '../csv/headings.ts';
import type { Import } from './import.ts';
import type { Cells, Check, Kind, Reading, ReadRow } from './kind.ts';
import { firstRows } from './row.ts';

const labels: Readonly<Record<RecordColumn, string>> = {
  external_id: 'Your ID',
  first_name: 'First name',
  last_name: 'Last name',
  email: 'E-mail address',
  batch: 'Batch (year)',
  center: 'Center',
  year_of_birth: 'Year of birth',
  active: 'Active (yes or no)',
  deceased: 'Deceased (yes or no)',
};
const headings = new Set(Object.values(synonyms).flat());

/** What a new record says in the columns that the file doesn't have. */
const unsaid: Values = {
  ...{ first_name: '', email: null, batch: null, center: null, year_of_birth: null },
  ...{ active: true, deceased: false },
};

/** Records of the directory: read by the same rules as the import on the server. */
export const alumni: Kind = {
  columns: columns.map((name) => ({
    name,
    label: labels[name],
    synonyms: synonyms[name],
    isRequired: required.includes(name),
  })),
  keyName: 'ID',
  isRow: (cells) => !cells.some((cell) => headings.has(squash(cell))),
  guess: () => null,
  reader,
  check: async (rows) => {
    const stored = await storedRecords(rows.map(({ key }) => key));
    return rows.map(({ key, values }) => checkOf(values, stored.get(key)));
  },
};

/** What happened to a row. `recordId` stays null where nothing was imported. */
export type Outcome = Readonly<{ line: number; outcome: string; recordId: string | null }>;
export type ImportedRow = ReadRow & Readonly<{ recordId: string | null; before: Values | null }>;

/** Writes rows whose record is still as it was when they were checked. The others are skipped. */
export async function importRecords(rows: readonly ImportedRow[], one: Import): Promise<Outcome[]> {
  const given = columnsIn(one);
  const stored = await storedRecords(keysOf(rows), { hold: true });
  const added = await addRecords(
    rows.filter(({ key, before }) => before === null && !stored.has(key)),
    given,
  );
  const outcomes = rows.map(({ line, key, before }): Outcome => {
    const addedId = added.get(key);
    if (addedId !== undefined) return { line, outcome: 'done', recordId: addedId };
    const record = stored.get(key);
    if (record?.mergedInto) return { line, outcome: 'merged-since', recordId: null };
    if (before === null) return { line, outcome: 'added-since', recordId: null };
    if (!record || !holds(record, before)) return { line, outcome: 'changed-since', recordId: null };
    return { line, outcome: 'done', recordId: record.id };
  });
  const changed = rows.flatMap(({ before, values }, index) => {
    const id = outcomes[index]?.recordId;
    return before !== null && id ? [{ id, values }] : [];
  });
  await writeRecords(changed, given);
  return outcomes;
}

/** Undoes rows whose record still says what the import wrote: a new one is removed, another one says again what it did. */
export async function undoRecords(rows: readonly ImportedRow[], one: Import): Promise<Outcome[]> {
  const stored = await storedRecords(keysOf(rows), { hold: true });
  const intact = rows.filter(({ key, recordId, values, before }) => {
    const record = stored.get(key);
    return record?.id === recordId && holds(record, before === null ? { ...unsaid, ...values } : values);
  });
  const restored = intact.flatMap(({ recordId, before }) =>
    recordId !== null && before !== null ? [{ id: recordId, values: before }] : [],
  );
  await writeRecords(restored, columnsIn(one));
  const added = intact.flatMap(({ recordId, before }) =>
    recordId !== null && before === null ? [recordId] : [],
  );
  const removed = await removeUnused(added);
  const isIntact = new Set(intact.map(({ line }) => line));
  return rows.map(({ line, key, recordId, before }) => {
    if (stored.get(key)?.mergedInto) return { line, outcome: 'kept-merged', recordId };
    if (!isIntact.has(line)) return { line, outcome: 'kept-changed', recordId };
    if (before === null && !removed.has(recordId ?? '')) return { line, outcome: 'kept-in-use', recordId };
    return { line, outcome: 'undone', recordId };
  });
}

async function reader(one: Import): Promise<(cells: Cells, all: readonly string[]) => Reading> {
  const read = cellsReader(columnsIn(one), new Date());
  const [first = []] = await firstRows(one.id, 1);
  return (cells, all) => {
    const fault = widthFault(all, first.length);
    if (fault !== null) return { fault };
    const found = read(cells);
    if ('values' in found) return { key: found.id, values: found.values };
    return {
      fault: found.faults
        .map(({ column, message }) => `${column ? labels[column] : 'Row'}: ${message}`)
        .join(' '),
    };
  };
}

function checkOf(values: Values, stored: StoredRecord | undefined): Check {
  if (!stored) return { status: 'new', remark: null, before: null };
  if (stored.mergedInto !== null) {
    const remark = `This record was merged into “${shorten(stored.mergedInto)}”`;
    return { status: 'conflict', remark, before: null };
  }
  const changed = columns.filter((column) => column in values && differ(column, values, stored.values));
  if (changed.length === 0) return { status: 'unchanged', remark: null, before: null };
  const changes = changed.map(
    (column) => `${labels[column]}: ${inWords(stored.values[column])} becomes ${inWords(values[column])}`,
  );
  return { status: 'changed', remark: changes.join('; '), before: stored.values };
}

function columnsIn(one: Import): RecordColumn[] {
  return columns.filter((column) => column in one.columns);
}

function keysOf(rows: readonly ReadRow[]): string[] {
  return rows.map(({ key }) => key);
}

/** Whether a record says all of this. */
function holds(record: StoredRecord, said: Values): boolean {
  return columns.every((column) => !(column in said) || !differ(column, record.values, said));
}

// Addresses are the same in upper and lower case, as in the table.
function differ(column: RecordColumn, one: Values, other: Values): boolean {
  const plain = ({ [column]: value = null }: Values) =>
    column === 'email' && typeof value === 'string' ? value.toLowerCase() : value;
  return plain(one) !== plain(other);
}

function inWords(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'nothing';
  if (typeof value === 'boolean') return value ? '“yes”' : '“no”';
  return `“${shorten(String(value))}”`;
}
