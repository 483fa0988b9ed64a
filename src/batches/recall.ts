import { Op } from 'sequelize';
import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, NOW, rows } from '../database.ts';
import { Conflict } from '../errors.ts';
import { actorBehind, Batch, enqueueStep, holdBatch, placeOfActor } from './batch.ts';
import { BatchRow } from './batch-row.ts';
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
    await Batch.update(
      { recalledAt: NOW, recalledBy: accountIn(actor), ...placeOfActor(actor), recallReason: reason },
      { where: { id } },
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
  const { id, lastLine, choices } = batch;
  const where = { batchId: id, line: { [Op.gt]: lastLine }, verdict: [...(choices.included ?? [])] };
  const [left] = await BatchRow.update({ outcome: 'recalled' }, { where });
  await Batch.increment({ skipped: left }, { where: { id } });
  await finish(batch);
}
