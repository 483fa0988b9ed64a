import { type Actor, accountIn, actorBehind, originOf, record, recordAll } from '../audit/audit.ts';
import { inTransaction, NOW, row, rows } from '../database.ts';
import { Conflict, Invalid, NotFound } from '../errors.ts';
import { type ImportedRow, importRecords, type Outcome, undoRecords } from './alumni.ts';
import { checkStep } from './check.ts';
import { countImportable, enqueueStep, holdImport, Import, type ImportState, stateOf } from './import.ts';

const ROWS_AT_ONCE = 2_000;

/** What the page said when its button was pressed. */
export type Confirmed = Readonly<{ count: number; checkedAt: string }>;

/**
 * Imports alumni records: the worker does it, step by step. Confirming again does nothing.
 * @throws NotFound, Conflict when the rows aren't checked, Invalid when the page that was confirmed is out of date
 */
export async function confirmImport(id: string, confirmed: Confirmed, actor: Actor): Promise<void> {
  await inTransaction(async () => {
    const held = await holdImport(id);
    if (held.kind !== 'alumni') throw new Conflict('These people are invited by a campaign.');
    if (held.confirmedAt) return;
    if (!held.checkedAt) throw new Conflict('The rows of this file are still being checked.');
    const target = countImportable(held);
    if (target === 0) throw new Invalid({ form: 'There is nothing to import in this file.' });
    if (target !== confirmed.count || held.checkedAt.toISOString() !== confirmed.checkedAt) {
      throw new Invalid({
        form: 'The rows were checked again since you opened the page. Look at them once more, then import them.',
      });
    }
    const by = { confirmedAt: NOW, confirmedBy: accountIn(actor), ...originOf(actor) };
    await Import.update({ ...by, target, lastLine: 0 }, { where: { id } });
    const detail = { rows: target };
    await record(actor, { action: 'import.confirmed', subject: 'import', subjectId: id, detail });
    await enqueueStep(id);
  });
}

/** Why an import can't be undone; null if it can. */
export function whyNotUndoable(one: Import): string | null {
  if (one.undoneAt) return 'This import has been undone already.';
  if (!one.doneAt) return 'Nothing was imported from this file, so there is nothing to undo.';
  if (one.emptiedAt) return 'The rows of this import were deleted, so it can’t be undone any more.';
  return one.done === 0 ? 'Nothing was imported from this file, so there is nothing to undo.' : null;
}

/**
 * Undoes an import as far as its records still say what it wrote: the worker does it, step by step.
 * @throws NotFound, Conflict
 */
export async function undoImport(id: string, reason: string, actor: Actor): Promise<void> {
  await inTransaction(async () => {
    const why = whyNotUndoable(await holdImport(id));
    if (why !== null) throw new Conflict(why);
    const by = { undoneAt: NOW, undoneBy: accountIn(actor), ...originOf(actor), undoReason: reason };
    await Import.update({ ...by, lastLine: 0 }, { where: { id } });
    const detail = { reason };
    await record(actor, { action: 'import.undone', subject: 'import', subjectId: id, detail });
    await enqueueStep(id);
  });
}

const steps: Readonly<Partial<Record<ImportState, (one: Import) => Promise<void>>>> = {
  checking: checkStep,
  importing: importStep,
  undoing: undoStep,
};

/**
 * The job: one step of what is to be done with an import and, in the same transaction, the job of the next. Killed in the
 * middle, it has done nothing of the step; run twice at once, the second waits and goes on where the first has ended.
 */
export function runImport(id: string): Promise<void> {
  return inTransaction(async () => {
    const held = await holdImport(id).catch(ifGone);
    const step = held && steps[stateOf(held)];
    if (!step) return;
    await step(held);
    await enqueueStep(id);
  });
}

async function importStep(one: Import): Promise<void> {
  const next = await rowsAfter(one, `status in ('new', 'changed')`);
  const actor = actorBehind(one, one.confirmedBy);
  if (next.length === 0) {
    const counted = await finish(one, 'done_at');
    const event = { action: 'import.finished', subject: 'import', subjectId: one.id } as const;
    return record(actor, { ...event, detail: counted });
  }
  const outcomes = await importRecords(next, one);
  const done = outcomes.filter(({ outcome }) => outcome === 'done');
  await recordAbout('alumni-member.imported', done, one, actor);
  await store(one, outcomes, {
    done: one.done + done.length,
    skipped: one.skipped + outcomes.length - done.length,
  });
}

async function undoStep(one: Import): Promise<void> {
  const next = await rowsAfter(one, `outcome = 'done'`);
  const actor = actorBehind(one, one.undoneBy);
  if (next.length === 0) {
    const counted = await finish(one, 'undo_done_at');
    const event = { action: 'import.undo-finished', subject: 'import', subjectId: one.id } as const;
    return record(actor, { ...event, detail: counted });
  }
  const outcomes = await undoRecords(next, one);
  const undone = outcomes.filter(({ outcome }) => outcome === 'undone');
  await recordAbout('alumni-member.import-undone', undone, one, actor);
  await store(one, outcomes, {
    undone: one.undone + undone.length,
    kept: one.kept + outcomes.length - undone.length,
  });
}

function rowsAfter({ id, lastLine }: Import, condition: string): Promise<ImportedRow[]> {
  return rows<ImportedRow>(
    `select line, key, values, record_id, before from import_rows
     where import_id = $1 and line > $2 and ${condition} order by line limit ${ROWS_AT_ONCE}`,
    [id, lastLine],
  );
}

async function recordAbout(
  action: `alumni-member.${string}`,
  outcomes: readonly Outcome[],
  { id }: Import,
  actor: Actor,
): Promise<void> {
  const subjects = outcomes.map(({ recordId }) => ({ subjectId: recordId ?? '', detail: { importId: id } }));
  await recordAll(actor, { action, subject: 'alumni-member' }, subjects);
}

async function store(
  one: Import,
  outcomes: readonly Outcome[],
  counts: Partial<Pick<Import, 'done' | 'skipped' | 'undone' | 'kept'>>,
): Promise<void> {
  await rows(
    `update import_rows r set outcome = given.outcome, record_id = given.record_id
     from unnest($2::int[], $3::text[], $4::bigint[]) as given (line, outcome, record_id)
     where r.import_id = $1 and r.line = given.line`,
    [
      one.id,
      outcomes.map(({ line }) => line),
      outcomes.map(({ outcome }) => outcome),
      outcomes.map(({ recordId }) => recordId),
    ],
  );
  await one.update({ ...counts, lastLine: outcomes.at(-1)?.line ?? one.lastLine });
}

async function finish({ id }: Import, fact: 'done_at' | 'undo_done_at'): Promise<Record<string, number>> {
  const counted = await row<{ outcomes: Record<string, number> }>(
    `update imports set ${fact} = now(), outcomes = coalesce(
       (select jsonb_object_agg(outcome, count) from (
         select outcome, count(*) from import_rows where import_id = $1 and outcome is not null group by outcome) counted),
       '{}')
     where id = $1 returning outcomes`,
    [id],
  );
  return counted?.outcomes ?? {};
}

function ifGone(error: unknown): null {
  if (error instanceof NotFound) return null;
  throw error;
}
