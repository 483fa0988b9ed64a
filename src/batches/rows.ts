import type { Readable } from 'node:stream';
import type { Attributes } from 'sequelize';
import { type Actor, record } from '../audit/audit.ts';
import { type CsvColumn, writeCsv } from '../csv/write.ts';
import { columnsOf, inTransaction, rows } from '../database.ts';
import { Conditions, type Cursor, type Page, readPage } from '../paging.ts';
import type { Batch } from './batch.ts';
import { BatchRow } from './batch-row.ts';
import { DONE, type Purpose, verdictsOf } from './purpose.ts';
import { purposeOf } from './purposes.ts';

/** A judged row as lists show it. */
export type ListedRow = Readonly<
  Omit<Attributes<BatchRow>, 'verdict'> & {
    verdict: string;
    /** Whether what was done for it has been taken back since. */
    isTakenBack: boolean;
  }
>;

/** Which rows: of one verdict, or those that were included and yet left out. */
export type RowFilter = Readonly<{ verdict: string | null; leftOut: boolean }>;

const A_CHUNK = 2_000;

/** One page of the judged rows, in the order of the file. */
export function listRows(
  batch: Batch,
  { verdict, leftOut }: RowFilter,
  cursor: Cursor | null,
): Promise<Page<ListedRow>> {
  const conditions = new Conditions().and('r.batch_id = ? and r.verdict is not null', batch.id);
  if (verdict !== null) conditions.and('r.verdict = ?', verdict);
  if (leftOut) conditions.and('r.outcome <> ?', DONE);
  return readPage<ListedRow>({
    select: selected(batch),
    from: 'batch_rows r',
    conditions,
    order: [{ sql: 'r.line', type: 'int' }],
    cursor,
  });
}

/** All rows as a CSV file: what each says, its verdict and, once sent, what became of it. Who took it is noted first. */
export async function exportRows(batch: Batch, actor: Actor): Promise<Readable> {
  const event = { action: 'batch.exported', subject: 'batch', subjectId: batch.id } as const;
  await inTransaction(() => record(actor, event));
  return writeCsv(csvColumns(batch, purposeOf(batch)), inChunks(batch));
}

/** What became of a row, in words; null while nothing has. */
export function outcomeInWords(
  purpose: Purpose,
  { outcome, isTakenBack }: Pick<ListedRow, 'outcome' | 'isTakenBack'>,
): string | null {
  if (outcome === null) return null;
  if (outcome !== DONE) return `left out: ${purpose.skips[outcome] ?? outcome}`;
  return isTakenBack ? `${purpose.doneWord}, then revoked` : purpose.doneWord;
}

function csvColumns(batch: Batch, purpose: Purpose): CsvColumn<ListedRow>[] {
  const verdicts = verdictsOf(purpose);
  const given = purpose.columns.filter(({ name }) => batch.places[name] !== undefined);
  const included = new Set(batch.choices.included);
  const becomes = (row: ListedRow) =>
    outcomeInWords(purpose, row) ?? (included.has(row.verdict) ? 'included' : 'not included');
  return [
    { heading: 'Line', value: ({ line }) => line },
    ...given.map(({ name, label }) => ({
      heading: label,
      value: ({ cells }: ListedRow) => cells[batch.places[name] ?? -1] ?? '',
    })),
    { heading: 'Verdict', value: ({ verdict }) => verdicts[verdict]?.label ?? verdict },
    { heading: 'Why', value: ({ remark }) => remark },
    { heading: batch.confirmedAt ? 'What became of it' : 'Included', value: becomes },
  ];
}

function selected(batch: Batch): string {
  return `${columnsOf(BatchRow, 'r')}, ${purposeOf(batch).takenBackSql} as is_taken_back`;
}

async function* inChunks(batch: Batch): AsyncGenerator<ListedRow[]> {
  for (let last = 0; ; ) {
    const chunk = await rows<ListedRow>(
      `select ${selected(batch)} from batch_rows r
       where r.batch_id = $1 and r.verdict is not null and r.line > $2 order by r.line limit ${A_CHUNK}`,
      [batch.id, last],
    );
    if (chunk.length > 0) yield chunk;
    if (chunk.length < A_CHUNK) return;
    last = chunk.at(-1)?.line ?? last;
  }
}
