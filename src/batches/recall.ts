import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, rows } from '../database.ts';
import { Conflict } from '../errors.ts';
import { actorBehind, type Batch, enqueueStep, holdBatch, placeOfActor } from './batch.ts';
import { accountIn, finish } from './carry-out.ts';
import { purposeOf } from './purposes.ts';

/** Whether anything was done that this purpose can take back. */
export function isRecallable(batch: Batch): boolean {
  return purposeOf(batch).recall !== null && batch.confirmedAt !== null;
}

/**
 * Takes back what nobody has accepted yet, also in the middle of sending: what is not sent by then is left. The worker
 * does it, step by step.
 * @throws NotFound, Conflict when nothing was sent or it is recalled already
 */
export async function recallBatch(id: string, reason: string | null, actor: Actor): Promise<void> {
  await inTransaction(async () => {
    const batch = await holdBatch(id);
    if (!isRecallable(batch)) {
      throw new Conflict('Nothing of this batch was sent, so nothing can be taken back.');
    }
    if (batch.recalledAt) throw new Conflict('This batch is recalled already.');
    await rows(
      `update batches set recalled_at = now(), recalled_by = $2, ip = $3, request_id = $4, recall_reason = $5
       where id = $1`,
      [id, accountIn(actor), ...placeOfActor(actor), reason],
    );
    const detail = { reason };
    await record(actor, { action: 'batch.recalled', subject: 'batch', subjectId: id, detail });
    await enqueueStep(id);
  });
}

/** One step: stops sending, takes some back, or notes that all is taken back. */
export async function recallStep(batch: Batch): Promise<void> {
  if (!batch.doneAt) return stopSending(batch);
  const actor = actorBehind(batch, batch.recalledBy);
  const recalled = (await purposeOf(batch).recall?.(batch, actor)) ?? 0;
  await rows(
    `update batches set recalled = recalled + $2, recall_done_at = case when $2 = 0 then now() end where id = $1`,
    [batch.id, recalled],
  );
}

async function stopSending(batch: Batch): Promise<void> {
  const left = await rows(
    `update batch_rows set outcome = 'recalled'
     where batch_id = $1 and line > $2 and verdict = any($3::text[]) returning line`,
    [batch.id, batch.lastLine, batch.choices.included ?? []],
  );
  await rows('update batches set skipped = skipped + $2 where id = $1', [batch.id, left.length]);
  await finish(batch);
}
