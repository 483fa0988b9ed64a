import {
  type Attributes,
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { database, inTransaction, queryRows } from '../platform/db/database.ts';
import { type Table, type TableColumn, tableOf } from '../platform/tables/write.ts';
import { addressKey, findAddresses } from './addresses.ts';

/**
 * Its row can't be used, its column isn't used, another address of its cell is used, its sheet isn't read, or it is above the
 * headings.
 */
export type LeftoverReason = 'row' | 'column' | 'cell' | 'sheet' | 'above';

/** A text of a file that looks like an address and isn't used. */
export class ImportLeftover extends Model<
  InferAttributes<ImportLeftover>,
  InferCreationAttributes<ImportLeftover>
> {
  declare id: CreationOptional<string>;
  declare importId: string;
  /** Null if the text is in the sheet that was read. */
  declare sheet: string | null;
  declare line: number;
  /** The position of the cell in its row, from 0. */
  declare position: number;
  declare text: string;
  declare reason: LeftoverReason;
}

ImportLeftover.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    importId: DataTypes.BIGINT,
    sheet: DataTypes.TEXT,
    line: DataTypes.INTEGER,
    position: DataTypes.INTEGER,
    text: DataTypes.TEXT,
    reason: DataTypes.TEXT,
  },
  { sequelize: database, tableName: 'import_leftovers' },
);

export type Leftover = Readonly<
  Pick<Attributes<ImportLeftover>, 'sheet' | 'line' | 'position' | 'text' | 'reason'>
>;

/** How many addresses aren't used, by reason and, for columns, by position, or by sheet. */
export type LeftoverCount = Readonly<{
  reason: LeftoverReason;
  position: number | null;
  sheet: string | null;
  count: number;
}>;

const CHUNK_SIZE = 2_000;

/** The address-like texts of a row, except those in `used`. */
export function findLeftovers(
  { line, cells }: Readonly<{ line: number; cells: readonly string[] }>,
  used: readonly unknown[],
  reasonOf: (position: number) => LeftoverReason,
  sheet: string | null = null,
): Leftover[] {
  const usedKeys = new Set(
    used.flatMap((value) => (typeof value === 'string' ? findAddresses(value).map(addressKey) : [])),
  );
  return cells.flatMap((cell, position) =>
    findAddresses(cell)
      .filter((text) => !usedKeys.has(addressKey(text)))
      .map((text) => ({ sheet, line, position, text, reason: reasonOf(position) })),
  );
}

export async function storeLeftovers(importId: string, found: readonly Leftover[]): Promise<void> {
  if (found.length === 0) return;
  await queryRows(
    `insert into import_leftovers (import_id, sheet, line, position, text, reason)
     select $1::bigint, input.* from unnest($2::text[], $3::int[], $4::int[], $5::text[], $6::text[]) as input`,
    [
      importId,
      found.map(({ sheet }) => sheet),
      found.map(({ line }) => line),
      found.map(({ position }) => position),
      found.map(({ text }) => text),
      found.map(({ reason }) => reason),
    ],
  );
}

/** Forgets what an earlier check left over. */
export async function deleteLeftoversOfRows(importId: string): Promise<void> {
  await ImportLeftover.destroy({ where: { importId, reason: ['row', 'column', 'cell'] } });
}

export function countLeftovers(importId: string): Promise<LeftoverCount[]> {
  return queryRows<LeftoverCount>(
    `select reason, case when reason = 'column' then position end as position, sheet, count(*)::int as count
     from import_leftovers where import_id = $1 group by 1, 2, 3 order by 4 desc, 1, 2`,
    [importId],
  );
}

/** Exports the addresses that aren't used, and records the export first. */
export async function exportLeftovers(
  importId: string,
  columns: readonly TableColumn<Leftover>[],
  actor: Actor,
): Promise<Table> {
  const event = { action: 'import.exported', subject: 'import', subjectId: importId } as const;
  await inTransaction(() => recordEvent(actor, event));
  return tableOf(columns, readInChunks(importId));
}

async function* readInChunks(importId: string): AsyncGenerator<Leftover[]> {
  for (let last = '0'; ; ) {
    const chunk = await queryRows<Leftover & { id: string }>(
      `select id, sheet, line, position, text, reason from import_leftovers
       where import_id = $1 and id > $2 order by id limit ${CHUNK_SIZE}`,
      [importId, last],
    );
    if (chunk.length > 0) yield chunk;
    if (chunk.length < CHUNK_SIZE) return;
    last = chunk.at(-1)?.id ?? last;
  }
}
