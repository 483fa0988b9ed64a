import {
  type Attributes,
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { Account } from '../accounts/account.ts';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { columnsOf, database, inTransaction } from '../platform/db/database.ts';
import { Conditions, type Cursor, type Page, readPage } from '../platform/db/paging.ts';
import { Conflict, NotFound } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { enqueue } from '../platform/jobs/queue.ts';
import type { TableFormat } from '../platform/tables/open.ts';
import { isId } from '../platform/text/text.ts';
import type { NameOrder } from './records/full-name.ts';

export const importKindNames = ['alumni', 'invitees'] as const;
export type ImportKindName = (typeof importKindNames)[number];

/** An uploaded file. Counts are in rows, without the heading. */
export class Import extends Model<InferAttributes<Import>, InferCreationAttributes<Import>> {
  declare id: CreationOptional<string>;
  declare kind: ImportKindName;
  declare fileName: string;
  declare uploadedBy: CreationOptional<string | null>;
  /** The origin of the latest request, for the audit events that the worker records later. */
  declare ip: CreationOptional<string | null>;
  declare requestId: CreationOptional<string | null>;
  declare createdAt: CreationOptional<Date>;
  /** When the latest rows were stored. Null if the upload is complete or the connection broke. */
  declare lastReceivedAt: CreationOptional<Date | null>;
  declare uploadedAt: CreationOptional<Date | null>;
  declare mappedAt: CreationOptional<Date | null>;
  declare checkedAt: CreationOptional<Date | null>;
  declare confirmedAt: CreationOptional<Date | null>;
  declare confirmedBy: CreationOptional<string | null>;
  declare finishedAt: CreationOptional<Date | null>;
  declare undoneAt: CreationOptional<Date | null>;
  declare undoneBy: CreationOptional<string | null>;
  declare undoReason: CreationOptional<string | null>;
  declare undoFinishedAt: CreationOptional<Date | null>;
  /** When the rows were deleted after their retention period. */
  declare rowsPurgedAt: CreationOptional<Date | null>;
  declare hasHeading: CreationOptional<boolean>;
  declare format: CreationOptional<TableFormat | Record<string, never>>;
  /** The position of each column in the file, from 0. */
  declare columns: CreationOptional<Readonly<Record<string, number>>>;
  /** Whether an empty cell keeps what is on file. */
  declare keepEmpty: CreationOptional<boolean>;
  declare nameOrder: CreationOptional<NameOrder>;
  declare rowCount: CreationOptional<number>;
  /** The worker has processed every row up to this line. */
  declare lastLine: CreationOptional<number>;
  declare checkedCount: CreationOptional<number>;
  /** How many rows staff confirmed to import. */
  declare confirmedCount: CreationOptional<number | null>;
  declare importedCount: CreationOptional<number>;
  declare skippedCount: CreationOptional<number>;
  declare undoneCount: CreationOptional<number>;
  declare keptCount: CreationOptional<number>;
  declare statusCounts: CreationOptional<Readonly<Record<string, number>>>;
  declare outcomeCounts: CreationOptional<Readonly<Record<string, number>>>;
  declare remarkCounts: CreationOptional<Readonly<Record<string, number>>>;
}

Import.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    kind: DataTypes.TEXT,
    fileName: DataTypes.TEXT,
    uploadedBy: DataTypes.BIGINT,
    ip: DataTypes.INET,
    requestId: DataTypes.TEXT,
    createdAt: DataTypes.DATE,
    lastReceivedAt: DataTypes.DATE,
    uploadedAt: DataTypes.DATE,
    mappedAt: DataTypes.DATE,
    checkedAt: DataTypes.DATE,
    confirmedAt: DataTypes.DATE,
    confirmedBy: DataTypes.BIGINT,
    finishedAt: DataTypes.DATE,
    undoneAt: DataTypes.DATE,
    undoneBy: DataTypes.BIGINT,
    undoReason: DataTypes.TEXT,
    undoFinishedAt: DataTypes.DATE,
    rowsPurgedAt: DataTypes.DATE,
    hasHeading: DataTypes.BOOLEAN,
    format: DataTypes.JSONB,
    columns: DataTypes.JSONB,
    keepEmpty: DataTypes.BOOLEAN,
    nameOrder: DataTypes.TEXT,
    rowCount: DataTypes.INTEGER,
    lastLine: DataTypes.INTEGER,
    checkedCount: DataTypes.INTEGER,
    confirmedCount: DataTypes.INTEGER,
    importedCount: DataTypes.INTEGER,
    skippedCount: DataTypes.INTEGER,
    undoneCount: DataTypes.INTEGER,
    keptCount: DataTypes.INTEGER,
    statusCounts: DataTypes.JSONB,
    outcomeCounts: DataTypes.JSONB,
    remarkCounts: DataTypes.JSONB,
  },
  { sequelize: database, tableName: 'imports' },
);
Import.belongsTo(Account, { as: 'uploader', foreignKey: 'uploadedBy' });

export type ImportState =
  | 'uploading'
  | 'interrupted'
  | 'mapping'
  | 'checking'
  | 'checked'
  | 'importing'
  | 'imported'
  | 'undoing'
  | 'undone';

/** An upload that receives nothing for this long counts as interrupted. */
const UPLOAD_TIMEOUT_MS = 60_000;

/** Derives the state from the timestamps. */
export function importStateOf(source: Attributes<Import>): ImportState {
  if (source.undoneAt) return source.undoFinishedAt ? 'undone' : 'undoing';
  if (source.finishedAt) return 'imported';
  if (source.confirmedAt) return 'importing';
  if (source.checkedAt) return 'checked';
  if (source.mappedAt) return 'checking';
  if (source.uploadedAt) return 'mapping';
  const isUploading =
    source.lastReceivedAt && Date.now() - source.lastReceivedAt.getTime() < UPLOAD_TIMEOUT_MS;
  return isUploading ? 'uploading' : 'interrupted';
}

/** How many rows an import would write. */
export function countImportable({ kind, statusCounts }: Pick<Import, 'kind' | 'statusCounts'>): number {
  return kind === 'alumni' ? (statusCounts.new ?? 0) + (statusCounts.changed ?? 0) : 0;
}

/** @throws NotFound, also for a malformed id */
export async function getImport(id: string): Promise<Import> {
  const found = isId(id) ? await Import.findByPk(id) : null;
  return found ?? throwNotFound();
}

/** Locks the row until the transaction ends. @throws NotFound, also for a malformed id */
export async function lockImport(id: string): Promise<Import> {
  const found = isId(id) ? await Import.findByPk(id, { lock: true }) : null;
  return found ?? throwNotFound();
}

/** `uploaderName` is null if the account was deleted. */
export type ListedImport = Readonly<Attributes<Import> & { uploaderName: string | null }>;

/** One page of imports, newest first. */
export function listImports(cursor: Cursor | null): Promise<Page<ListedImport>> {
  return readPage<ListedImport>({
    select: `${columnsOf(Import, 'i')}, a.name as uploader_name`,
    from: 'imports i left join accounts a on a.id = i.uploaded_by',
    conditions: new Conditions(),
    order: [{ sql: 'i.id', type: 'bigint' }],
    descending: true,
    cursor,
  });
}

/** Deletes an unconfirmed import with its rows. @throws NotFound, Conflict if it is confirmed or being uploaded */
export async function deleteImport(id: string, actor: Actor): Promise<void> {
  await inTransaction(async () => {
    const source = await lockImport(id);
    if (source.confirmedAt) throw new Conflict(t('imports:errors.cannotDelete'));
    if (importStateOf(source) === 'uploading') throw new Conflict(t('imports:errors.stillUploading'));
    await source.destroy();
    const detail = { fileName: source.fileName, kind: source.kind };
    await recordEvent(actor, { action: 'import.deleted', subject: 'import', subjectId: id, detail });
  });
}

/** Queues the next step with a higher priority than campaign mail. */
export function enqueueStep(id: string): Promise<void> {
  return enqueue('run-import', { importId: id }, { key: `import:${id}`, priority: -10 });
}

function throwNotFound(): never {
  throw new NotFound(t('imports:errors.notFound'));
}
