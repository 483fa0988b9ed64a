import type { Readable } from 'node:stream';
import {
  type Attributes,
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { type CsvColumn, writeCsv } from '../platform/csv/write.ts';
import { columnsOf, database, inTransaction, queryRows } from '../platform/db/database.ts';
import { Conditions, type Cursor, type Page, readPage } from '../platform/db/paging.ts';
import type { RowValues } from './kinds/kind.ts';

/** A row of a file. What is known of it comes step by step: values and status when it is checked, then an outcome. */
export class ImportRow extends Model<InferAttributes<ImportRow>, InferCreationAttributes<ImportRow>> {
  declare importId: string;
  /** The line of the file on which the row begins, from 1. */
  declare line: number;
  /** As the file has them. */
  declare cells: string[];
  /** Finds rows that occur twice in the file. */
  declare key: CreationOptional<string | null>;
  declare values: CreationOptional<RowValues | null>;
  /** Null until it is checked, and for the heading. */
  declare status: CreationOptional<string | null>;
  declare explanation: CreationOptional<string | null>;
  declare outcome: CreationOptional<string | null>;
  /** The alumni record that it made or changed, and what that said when the row was checked: null if it is new. */
  declare recordId: CreationOptional<string | null>;
  declare previousValues: CreationOptional<RowValues | null>;
}

ImportRow.init(
  {
    importId: { type: DataTypes.BIGINT, primaryKey: true },
    line: { type: DataTypes.INTEGER, primaryKey: true },
    cells: DataTypes.JSON,
    key: DataTypes.TEXT,
    values: DataTypes.JSONB,
    status: DataTypes.TEXT,
    explanation: DataTypes.TEXT,
    outcome: DataTypes.TEXT,
    recordId: DataTypes.BIGINT,
    previousValues: DataTypes.JSONB,
  },
  { sequelize: database, tableName: 'import_rows' },
);

/** A row that was checked. */
export type CheckedRow = Readonly<Attributes<ImportRow> & { status: string }>;

/** So many first rows are looked at to guess the columns, and shown to correct them. */
export const SAMPLE_ROWS = 6;

const CHUNK_SIZE = 2_000;

/** The first rows of a file, heading included, as the file has them. */
export async function listFirstRows(importId: string, count = SAMPLE_ROWS): Promise<string[][]> {
  // Not `findOne`: where part of the primary key is given, Sequelize leaves the limit out and reads the whole file.
  const found = await ImportRow.findAll({
    attributes: ['cells'],
    where: { importId },
    order: ['line'],
    limit: count,
    raw: true,
  });
  return found.map(({ cells }) => cells);
}

/** One page of the checked rows, in the order of the file: all, or those with one status or outcome. */
export function listRows(
  importId: string,
  { status, outcome }: Readonly<{ status?: string; outcome?: string }>,
  cursor: Cursor | null,
): Promise<Page<CheckedRow>> {
  const conditions = new Conditions().and('r.import_id = ? and r.status is not null', importId);
  if (status !== undefined) conditions.and('r.status = ?', status);
  if (outcome !== undefined) conditions.and('r.outcome = ?', outcome);
  return readPage<CheckedRow>({
    select: columnsOf(ImportRow, 'r'),
    from: 'import_rows r',
    conditions,
    order: [{ sql: 'r.line', type: 'int' }],
    cursor,
  });
}

/** All checked rows as a CSV file. Who took it is recorded first. */
export async function exportRows(
  importId: string,
  columns: readonly CsvColumn<CheckedRow>[],
  actor: Actor,
): Promise<Readable> {
  const event = { action: 'import.exported', subject: 'import', subjectId: importId } as const;
  await inTransaction(() => recordEvent(actor, event));
  return writeCsv(columns, readInChunks(importId));
}

async function* readInChunks(importId: string): AsyncGenerator<CheckedRow[]> {
  for (let last = 0; ; ) {
    const found = await queryRows<CheckedRow>(
      `select ${columnsOf(ImportRow, 'r')} from import_rows r
       where r.import_id = $1 and r.status is not null and r.line > $2 order by r.line limit ${CHUNK_SIZE}`,
      [importId, last],
    );
    if (found.length > 0) yield found;
    if (found.length < CHUNK_SIZE) return;
    last = found.at(-1)?.line ?? last;
  }
}
