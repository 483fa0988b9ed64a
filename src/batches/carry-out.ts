import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, NOW, rows } from '../database.ts';
import { Conflict, Invalid } from '../errors.ts';
import {
  actorBehind,
  Batch,
  type Choices,
  countIncluded,
  enqueueStep,
  holdBatch,
  placeOfActor,
  stateOf,
} from './batch.ts';
import { DONE, type FitRow } from './purpose.ts';
import { purposeOf } from './purposes.ts';

const ROWS_AT_ONCE = 4_000;

/** Keeps what is to be sent and how. @throws NotFound, Conflict when the batch is not to be chosen for */
export async function choose(id: string, choices: Choices): Promise<void> {
  await inTransaction(async () => {
    refuseUnready(await holdBatch(id));
    await Batch.update({ choices }, { where: { id } });
  });
}

/**
 * Sends a batch: from here on the worker does it, step by step. Sending what is being sent already does nothing.
 * @param expected how many the button said
 * @throws NotFound, Conflict when it isn't ready, Invalid when the number has changed or is none
 */
export async function sendBatch(id: string, expected: number, actor: Actor): Promise<void> {
  await inTransaction(async () => {
    const batch = await holdBatch(id);
    if (batch.confirmedAt) return;
    refuseUnready(batch);
    const target = countIncluded(batch);
    if (target === 0) throw new Invalid({ form: 'Nothing is included, so there is nothing to send' });
    if (target !== expected) {
      throw new Invalid({ form: 'Somebody changed what is included. Look at the number and send it again' });
    }
    await Batch.update(
      { confirmedAt: NOW, confirmedBy: accountIn(actor), ...placeOfActor(actor), target, lastLine: 0 },
      { where: { id } },
    );
    const { message: _, ...choices } = batch.choices;
    const detail = { purpose: batch.purpose, rows: target, ...choices };
    await record(actor, { action: 'batch.sent', subject: 'batch', subjectId: id, detail });
    await enqueueStep(id);
  });
}

/** One step: sends the next some thousand rows, or notes that all are sent. */
export async function carryOutStep(batch: Batch): Promise<void> {
  const next = await rows<FitRow>(
    `select line, key, facts from batch_rows
     where batch_id = $1 and line > $2 and verdict = any($3::text[]) order by line limit ${ROWS_AT_ONCE}`,
    [batch.id, batch.lastLine, batch.choices.included ?? []],
  );
  if (next.length === 0) return finish(batch);
  const actor = actorBehind(batch, batch.confirmedBy);
  const outcomes = await purposeOf(batch).carryOut(next, batch, actor);
  const given = next.map(({ line }) => ({
    line,
    ...(outcomes.get(line) ?? { outcome: 'gone', resultId: null }),
  }));
  await rows(
    `update batch_rows r set outcome = given.outcome, result_id = given.result_id
     from unnest($2::int[], $3::text[], $4::bigint[]) as given (line, outcome, result_id)
     where r.batch_id = $1 and r.line = given.line`,
    [
      batch.id,
      given.map(({ line }) => line),
      given.map(({ outcome }) => outcome),
      given.map(({ resultId }) => resultId),
    ],
  );
  const done = given.filter(({ outcome }) => outcome === DONE).length;
  await rows('update batches set done = done + $2, skipped = skipped + $3, last_line = $4 where id = $1', [
    batch.id,
    done,
    given.length - done,
    next.at(-1)?.line,
  ]);
}

/** Notes that sending has ended, with all rows or, recalled, with some left. */
export async function finish(batch: Batch): Promise<void> {
  const [counted] = await rows<{ outcomes: Record<string, number> }>(
    `update batches set done_at = now(), outcomes = coalesce(
       (select jsonb_object_agg(outcome, count) from (
         select outcome, count(*) from batch_rows where batch_id = $1 and outcome is not null group by outcome) counted),
       '{}')
     where id = $1 returning outcomes`,
    [batch.id],
  );
  await record(actorBehind(batch, batch.confirmedBy), {
    action: 'batch.finished',
    subject: 'batch',
    subjectId: batch.id,
    detail: counted?.outcomes ?? {},
  });
}

export function accountIn(actor: Actor): string | null {
  return actor.kind === 'account' ? actor.accountId : null;
}

function refuseUnready(batch: Batch): void {
  if (batch.confirmedAt) throw new Conflict('This batch is sent already.');
  if (stateOf(batch) !== 'preview') throw new Conflict('The rows of this batch are not checked yet.');
}
