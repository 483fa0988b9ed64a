import {
  type Attributes,
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { columnsOf, database, inTransaction, queryRows } from '../platform/db/database.ts';
import { Conditions, type Cursor, type Page, readPage } from '../platform/db/paging.ts';
import { type Table, type TableColumn, tableOf } from '../platform/tables/write.ts';
import type { RowValues } from './kinds/kind.ts';

/** A row of an uploaded file. The check sets `values` and `status`; importing and undoing set `outcome`. */
export class ImportRow extends Model<InferAttributes<ImportRow>, InferCreationAttributes<ImportRow>> {
  declare importId: string;
  /** The line of the file on which the row begins, from 1. */
  declare line: number;
  /** The cells as they are in the file. */
  declare cells: string[];
  /** Identifies duplicate rows in the file. */
  declare key: CreationOptional<string | null>;
  declare values: CreationOptional<RowValues | null>;
  /** Null for the heading, and until the row is checked. */
  declare status: CreationOptional<string | null>;
  declare explanation: CreationOptional<string | null>;
  /** Names of remarks, see `remarks.ts`. */
  declare remarks: CreationOptional<string[]>;
  declare outcome: CreationOptional<string | null>;
  /** The alumni record that the row created or changed. */
  declare recordId: CreationOptional<string | null>;
  /** The record's values when the row was checked. Null if the record is new. */
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
    remarks: DataTypes.ARRAY(DataTypes.TEXT),
    outcome: DataTypes.TEXT,
    recordId: DataTypes.BIGINT,
    previousValues: DataTypes.JSONB,
  },
  { sequelize: database, tableName: 'import_rows' },
);

export type CheckedRow = Readonly<Attributes<ImportRow> & { status: string }>;

/** How many rows are used to guess the columns, and shown to correct them. */
export const SAMPLE_ROWS = 6;

const CHUNK_SIZE = 2_000;

/** The cells of the first rows, including the heading. */
export async function listFirstRows(importId: string, count = SAMPLE_ROWS): Promise<string[][]> {
  // `findOne` drops the limit when part of the primary key is given, so it would read the whole file.
  const rows = await ImportRow.findAll({
    attributes: ['cells'],
    where: { importId },
    order: ['line'],
    limit: count,
    raw: true,
  });
  return rows.map(({ cells }) => cells);
}

/** One page of the checked rows in file order, optionally with one status or outcome. */
export function listRows(
  importId: string,
  { status, outcome, remark }: Readonly<{ status?: string; outcome?: string; remark?: string }>,
  cursor: Cursor | null,
): Promise<Page<CheckedRow>> {
  const conditions = new Conditions().and('r.import_id = ? and r.status is not null', importId);
  if (status !== undefined) conditions.and('r.status = ?', status);
  if (outcome !== undefined) conditions.and('r.outcome = ?', outcome);
  if (remark !== undefined) conditions.and('? = any(r.remarks)', remark);
  return readPage<CheckedRow>({
    select: columnsOf(ImportRow, 'r'),
    from: 'import_rows r',
    conditions,
    order: [{ sql: 'r.line', type: 'int' }],
    cursor,
  });
}

/** Exports all checked rows as a table, and records the export first. */
export async function exportRows(
  importId: string,
  columns: readonly TableColumn<CheckedRow>[],
  actor: Actor,
): Promise<Table> {
  const event = { action: 'import.exported', subject: 'import', subjectId: importId } as const;
  await inTransaction(() => recordEvent(actor, event));
  return tableOf(columns, readInChunks(importId));
}

async function* readInChunks(importId: string): AsyncGenerator<CheckedRow[]> {
  for (let last = 0; ; ) {
    const chunk = await queryRows<CheckedRow>(
      `select ${columnsOf(ImportRow, 'r')} from import_rows r
       where r.import_id = $1 and r.status is not null and r.line > $2 order by r.line limit ${CHUNK_SIZE}`,
      [importId, last],
    );
    if (chunk.length > 0) yield chunk;
    if (chunk.length < CHUNK_SIZE) return;
    last = chunk.at(-1)?.line ?? last;
  }
}
