import { inTransaction } from '../database.ts';
import { NotFound } from '../errors.ts';
import { retried } from '../invitations/invite-all.ts';
import { type Batch, type BatchState, enqueueStep, holdBatch, stateOf } from './batch.ts';
import { carryOutStep } from './carry-out.ts';
import { judgeStep } from './judge.ts';
import { recallStep } from './recall.ts';

const steps: Readonly<Partial<Record<BatchState, (batch: Batch) => Promise<void>>>> = {
  judging: judgeStep,
  sending: carryOutStep,
  recalling: recallStep,
};

/**
 * The job: one step of what is to be done with a batch and, in the same transaction, the job of the next. Killed in the
 * middle, it has done nothing of the step; run twice at once, the second waits and goes on where the first has ended.
 * Where others invited somebody of it meanwhile, the step is made anew and leaves them out.
 */
export function runBatch(id: string): Promise<void> {
  return retried(() =>
    inTransaction(async () => {
      const batch = await holdBatch(id).catch(ifGone);
      const step = batch && steps[stateOf(batch)];
      if (!step) return;
      await step(batch);
      await enqueueStep(id);
    }),
  );
}

function ifGone(error: unknown): null {
  if (error instanceof NotFound) return null;
  throw error;
}
