import type { Actor } from '../audit/audit.ts';
import { row } from '../database.ts';
import { NotFound } from '../errors.ts';
import { enqueue } from '../jobs/queue.ts';
import { Conditions, type Cursor, type Page, readPage } from '../paging.ts';
import { isId } from '../text.ts';

export const purposeNames = ['invitations', 'records'] as const;
export type PurposeName = (typeof purposeNames)[number];

/** What was chosen before sending: which verdicts are included, and what else the purpose asks for. */
export type Choices = Readonly<{ included?: readonly string[] } & Record<string, unknown>>;

/** One CSV file and what became of it. Counts are in rows of the file, its heading apart. */
export type Batch = Readonly<{
  id: string;
  purpose: PurposeName;
  fileName: string;
  madeBy: string | null;
  maker: string | null;
  ip: string | null;
  requestId: string | null;
  createdAt: Date;
  uploadedAt: Date | null;
  mappedAt: Date | null;
  judgedAt: Date | null;
  confirmedAt: Date | null;
  confirmedBy: string | null;
  doneAt: Date | null;
  recalledAt: Date | null;
  recalledBy: string | null;
  recallReason: string | null;
  recallDoneAt: Date | null;
  emptiedAt: Date | null;
  hasHeading: boolean;
  /** Which cell, from 0, holds which of the purpose's columns. */
  places: Readonly<Record<string, number>>;
  choices: Choices;
  rowCount: number;
  lastLine: number;
  judged: number;
  target: number | null;
  done: number;
  skipped: number;
  recalled: number;
  verdicts: Readonly<Record<string, number>>;
  outcomes: Readonly<Record<string, number>>;
}>;

export type BatchState =
  | 'uploading'
  | 'mapping'
  | 'judging'
  | 'preview'
  | 'sending'
  | 'sent'
  | 'recalling'
  | 'recalled';

const COLUMNS = `b.id, b.purpose, b.file_name, b.made_by, a.name as maker, host(b.ip) as ip,
  b.request_id, b.created_at, b.uploaded_at, b.mapped_at,
  b.judged_at, b.confirmed_at, b.confirmed_by, b.done_at,
  b.recalled_at, b.recalled_by, b.recall_reason,
  b.recall_done_at, b.emptied_at, b.has_heading, b.places, b.choices,
  b.row_count, b.last_line, b.judged, b.target, b.done, b.skipped, b.recalled, b.verdicts,
  b.outcomes`;
const SOURCE = 'batches b left join accounts a on a.id = b.made_by';

/** Derived from the dated facts. */
export function stateOf(batch: Batch): BatchState {
  if (batch.recalledAt) return batch.recallDoneAt ? 'recalled' : 'recalling';
  if (batch.doneAt) return 'sent';
  if (batch.confirmedAt) return 'sending';
  if (batch.judgedAt) return 'preview';
  if (batch.mappedAt) return 'judging';
  return batch.uploadedAt ? 'mapping' : 'uploading';
}

/** @throws NotFound for what is no id of a batch */
export async function batchById(id: string): Promise<Batch> {
  const found = isId(id) ? await row<Batch>(`select ${COLUMNS} from ${SOURCE} where b.id = $1`, [id]) : null;
  if (!found) throw new NotFound('There is no such batch. Those never sent are removed after 30 days.');
  return found;
}

/** The batch of a change that is under way, held until it commits. @throws NotFound */
export async function holdBatch(id: string): Promise<Batch> {
  const held = isId(id)
    ? await row<Batch>(`select ${COLUMNS} from ${SOURCE} where b.id = $1 for update of b`, [id])
    : null;
  if (!held) throw new NotFound('There is no such batch.');
  return held;
}

/** One page of the batches of a purpose whose file arrived, the newest first. */
export function listBatches(purpose: PurposeName, cursor: Cursor | null): Promise<Page<Batch>> {
  return readPage<Batch>({
    select: COLUMNS,
    from: SOURCE,
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

/** Where an act came from, for the columns `ip` and `request_id`. */
export function placeOfActor(actor: Actor): readonly [ip: string | null, requestId: string | null] {
  return 'ip' in actor ? [actor.ip, actor.requestId] : [null, null];
}

/** The job of the next step. It goes before the mails that earlier steps queued. */
export function enqueueStep(id: string): Promise<void> {
  return enqueue('run-batch', { batchId: id }, { key: `batch:${id}`, priority: -10 });
}
