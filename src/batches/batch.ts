import {
  type Attributes,
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import type { Actor } from '../audit/audit.ts';
import { columnsOf, database } from '../database.ts';
import { NotFound } from '../errors.ts';
import { enqueue } from '../jobs/queue.ts';
import { Conditions, type Cursor, type Page, readPage } from '../paging.ts';
import { isId } from '../text.ts';

export const purposeNames = ['invitations', 'records'] as const;
export type PurposeName = (typeof purposeNames)[number];

/** What was chosen before sending: which verdicts are included, and what else the purpose asks for. */
export type Choices = Readonly<{ included?: readonly string[] } & Record<string, unknown>>;

/** One CSV file and what became of it. Counts are in rows of the file, its heading apart. */
export class Batch extends Model<InferAttributes<Batch>, InferCreationAttributes<Batch>> {
  declare id: CreationOptional<string>;
  declare purpose: PurposeName;
  declare fileName: string;
  declare madeBy: CreationOptional<string | null>;
  /** Where the latest request came from: the worker records it with the events of what it does later. */
  declare ip: CreationOptional<string | null>;
  declare requestId: CreationOptional<string | null>;
  declare createdAt: CreationOptional<Date>;
  declare uploadedAt: CreationOptional<Date | null>;
  declare mappedAt: CreationOptional<Date | null>;
  declare judgedAt: CreationOptional<Date | null>;
  declare confirmedAt: CreationOptional<Date | null>;
  declare confirmedBy: CreationOptional<string | null>;
  declare doneAt: CreationOptional<Date | null>;
  declare recalledAt: CreationOptional<Date | null>;
  declare recalledBy: CreationOptional<string | null>;
  declare recallReason: CreationOptional<string | null>;
  declare recallDoneAt: CreationOptional<Date | null>;
  /** When the rows were deleted because they were no longer needed. */
  declare emptiedAt: CreationOptional<Date | null>;
  declare hasHeading: CreationOptional<boolean>;
  /** Which cell, from 0, holds which of the purpose's columns. */
  declare places: CreationOptional<Readonly<Record<string, number>>>;
  declare choices: CreationOptional<Choices>;
  declare rowCount: CreationOptional<number>;
  /** The worker goes through the file by line: it has finished all up to this one. */
  declare lastLine: CreationOptional<number>;
  declare judged: CreationOptional<number>;
  /** How many rows the button promised to send. */
  declare target: CreationOptional<number | null>;
  declare done: CreationOptional<number>;
  declare skipped: CreationOptional<number>;
  declare recalled: CreationOptional<number>;
  declare verdicts: CreationOptional<Readonly<Record<string, number>>>;
  declare outcomes: CreationOptional<Readonly<Record<string, number>>>;
}

Batch.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    purpose: DataTypes.TEXT,
    fileName: DataTypes.TEXT,
    madeBy: DataTypes.BIGINT,
    ip: DataTypes.INET,
    requestId: DataTypes.TEXT,
    createdAt: DataTypes.DATE,
    uploadedAt: DataTypes.DATE,
    mappedAt: DataTypes.DATE,
    judgedAt: DataTypes.DATE,
    confirmedAt: DataTypes.DATE,
    confirmedBy: DataTypes.BIGINT,
    doneAt: DataTypes.DATE,
    recalledAt: DataTypes.DATE,
    recalledBy: DataTypes.BIGINT,
    recallReason: DataTypes.TEXT,
    recallDoneAt: DataTypes.DATE,
    emptiedAt: DataTypes.DATE,
    hasHeading: DataTypes.BOOLEAN,
    places: DataTypes.JSONB,
    choices: DataTypes.JSONB,
    rowCount: DataTypes.INTEGER,
    lastLine: DataTypes.INTEGER,
    judged: DataTypes.INTEGER,
    target: DataTypes.INTEGER,
    done: DataTypes.INTEGER,
    skipped: DataTypes.INTEGER,
    recalled: DataTypes.INTEGER,
    verdicts: DataTypes.JSONB,
    outcomes: DataTypes.JSONB,
  },
  { sequelize: database, tableName: 'batches' },
);

/** A batch with the name of whoever made it, unless their account is gone. */
export type ListedBatch = Readonly<Attributes<Batch> & { maker: string | null }>;

export type BatchState =
  | 'uploading'
  | 'mapping'
  | 'judging'
  | 'preview'
  | 'sending'
  | 'sent'
  | 'recalling'
  | 'recalled';

/** Derived from the dated facts. */
export function stateOf(batch: Attributes<Batch>): BatchState {
  if (batch.recalledAt) return batch.recallDoneAt ? 'recalled' : 'recalling';
  if (batch.doneAt) return 'sent';
  if (batch.confirmedAt) return 'sending';
  if (batch.judgedAt) return 'preview';
  if (batch.mappedAt) return 'judging';
  return batch.uploadedAt ? 'mapping' : 'uploading';
}

/** @throws NotFound for what is no id of a batch */
export async function batchById(id: string): Promise<Batch> {
  const found = isId(id) ? await Batch.findByPk(id) : null;
  if (!found) throw new NotFound('There is no such batch. Those never sent are removed after 30 days.');
  return found;
}

/** The batch of a change that is under way, held until it commits. @throws NotFound */
export async function holdBatch(id: string): Promise<Batch> {
  const held = isId(id) ? await Batch.findByPk(id, { lock: true }) : null;
  if (!held) throw new NotFound('There is no such batch.');
  return held;
}

/** One page of the batches of a purpose whose file arrived, the newest first. */
export function listBatches(purpose: PurposeName, cursor: Cursor | null): Promise<Page<ListedBatch>> {
  return readPage<ListedBatch>({
    select: `${columnsOf(Batch, 'b')}, a.name as maker`,
    from: 'batches b left join accounts a on a.id = b.made_by',
    conditions: new Conditions().and('b.uploaded_at is not null and b.purpose = ?', purpose),
    order: [{ sql: 'b.id', type: 'bigint' }],
    descending: true,
    cursor,
  });
}

/** How many rows would be sent as it is chosen now: what the button says. */
export function countIncluded({ verdicts, choices }: Batch): number {
  return (choices.included ?? []).reduce((sum, verdict) => sum + (verdicts[verdict] ?? 0), 0);
}

/** Whoever let the worker do it, from where they did. */
export function actorBehind({ ip, requestId }: Batch, accountId: string | null): Actor {
  return accountId === null ? { kind: 'system' } : { kind: 'account', accountId, ip, requestId };
}

/** Where an act came from. */
export function placeOfActor(actor: Actor): Pick<Attributes<Batch>, 'ip' | 'requestId'> {
  return 'ip' in actor ? { ip: actor.ip, requestId: actor.requestId } : { ip: null, requestId: null };
}

/** The job of the next step. It goes before the mails that earlier steps queued. */
export function enqueueStep(id: string): Promise<void> {
  return enqueue('run-batch', { batchId: id }, { key: `batch:${id}`, priority: -10 });
}
