import { columns, type Column as RegisterColumn, synonyms } from '../alumni/import-columns.ts';
import { cellsReader, widthFault } from '../alumni/import-line.ts';
import {
  mergeRows,
  recordIds,
  type StoredValues,
  storedValues,
  wherePeopleWent,
} from '../alumni/import-rows.ts';
import { type Actor, recordAll } from '../audit/audit.ts';
import { shorten, squash } from '../csv/headings.ts';
import type { Batch } from './batch.ts';
import { BatchRow } from './batch-row.ts';
import {
  type Cells,
  DONE,
  type FitRow,
  type Judgement,
  type Outcome,
  type Purpose,
  type Reading,
  usuallyIncluded,
} from './purpose.ts';
import {
  labels,
  type RecordFacts,
  type RecordVerdict,
  recordColumns,
  recordSkips,
  recordVerdicts,
} from './record-words.ts';

const headings = new Set(Object.values(synonyms).flat());

/** A file of the office’s register: the same rules as the import on the server, row by row. */
export const records: Purpose<RecordFacts> = {
  name: 'records',
  columns: recordColumns,
  keyName: 'id',
  verdicts: recordVerdicts,
  skips: recordSkips,
  doneWord: 'imported',
  takenBackSql: 'false',
  isRow: (cells) => !cells.some((cell) => headings.has(squash(cell))),
  guess: () => null,
  reader: recordReader,
  judge: judgeRecords,
  usualChoices: async () => ({ included: usuallyIncluded(recordVerdicts) }),
  carryOut: importRecords,
  recall: null,
};

async function recordReader(
  batch: Batch,
): Promise<(cells: Cells, raw: readonly string[]) => Reading<RecordFacts>> {
  const given = columnsOf(batch);
  const read = cellsReader(given, new Date());
  const width = await widthOf(batch);
  return (cells, raw) => {
    const fault = widthFault(raw, width);
    if (fault !== null) return { fault };
    const found = read(cells);
    if ('values' in found) return { key: found.id, facts: found.values };
    return {
      fault: found.faults
        .map(({ column, message }) => `${column ? labels[column] : 'Row'}: ${message}`)
        .join(' '),
    };
  };
}

async function judgeRecords(fit: readonly FitRow<RecordFacts>[]): Promise<ReadonlyMap<number, Judgement>> {
  const stored = await storedValues(fit.map(({ key }) => key));
  return new Map(fit.map(({ line, key, facts }) => [line, verdictOn(facts, stored.get(key))]));
}

function verdictOn(facts: RecordFacts, stored: StoredValues | undefined): Judgement {
  if (!stored) return said('new');
  if (stored.mergedInto !== null) {
    return said('conflict', `This record was merged into “${shorten(stored.mergedInto)}”`);
  }
  const changed = columns.filter((column) => column in facts && differ(column, facts, stored.values));
  if (changed.length === 0) return said('unchanged');
  const told = (value: unknown) =>
    value === null || value === '' ? 'nothing' : `“${shorten(inWords(value))}”`;
  const changes = changed.map(
    (column) => `${labels[column]}: ${told(stored.values[column])} becomes ${told(facts[column])}`,
  );
  return said('changed', changes.join('; '));
}

async function importRecords(
  fit: readonly FitRow<RecordFacts>[],
  batch: Batch,
  actor: Actor,
): Promise<ReadonlyMap<number, Outcome>> {
  const merged = await wherePeopleWent(fit.map(({ key }) => key));
  // In the order of ids, so that two imports at once wait for each other instead of deadlocking.
  const due = fit
    .filter(({ key }) => !merged.has(key))
    .sort((one, other) => (one.key < other.key ? -1 : 1))
    .map(({ line, key, facts }) => ({ line, id: key, values: facts }));
  await mergeRows(due, columnsOf(batch));
  const ids = await recordIds(due.map(({ id }) => id));
  const subjects = [...ids.values()].map((subjectId) => ({ subjectId, detail: { batchId: batch.id } }));
  const event = { action: 'alumni-member.imported', subject: 'alumni-member' } as const;
  await recordAll(actor, event, subjects);
  return new Map(
    fit.map(({ line, key }): [number, Outcome] => {
      const resultId = ids.get(key);
      return [line, resultId ? { outcome: DONE, resultId } : { outcome: 'conflict', resultId: null }];
    }),
  );
}

function columnsOf({ places }: Batch): RegisterColumn[] {
  return columns.filter((column) => column in places);
}

/** How many cells a row of the file has: as many as its first. */
async function widthOf({ id }: Batch): Promise<number> {
  const first = await BatchRow.findOne({ attributes: ['cells'], where: { batchId: id }, order: ['line'] });
  return first?.cells.length ?? 0;
}

// Addresses are the same in upper and lower case, as in the table.
function differ(column: RegisterColumn, one: RecordFacts, other: RecordFacts): boolean {
  const plain = ({ [column]: value = null }: RecordFacts) =>
    column === 'email' && typeof value === 'string' ? value.toLowerCase() : value;
  return plain(one) !== plain(other);
}

function inWords(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
}

function said(verdict: RecordVerdict, remark: string | null = null): Judgement {
  return { verdict, remark };
}
