import {
  type Actor,
  accountIdOf,
  actorFromOrigin,
  originOf,
  recordEvent,
  recordEvents,
} from '../platform/audit/audit.ts';
import { inTransaction, NOW, queryRow, queryRows } from '../platform/db/database.ts';
import { Conflict, InvalidInput, NotFound } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { checkRowsStep } from './check.ts';
import {
  countImportable,
  enqueueStep,
  Import,
  type ImportState,
  importStateOf,
  lockImport,
} from './import.ts';
import { type ImportedRow, importRecords, type RowOutcome, undoImportedRecords } from './kinds/records.ts';

const CHUNK_SIZE = 2_000;

/** What the page showed when staff confirmed: the row count, and when the rows were checked (ISO 8601). */
export type ImportConfirmation = Readonly<{ count: number; checkedAt: string }>;

/**
 * Confirms an import of alumni records, which the worker then runs. Confirming again does nothing.
 * @throws NotFound, Conflict if the rows aren't checked, InvalidInput if the confirmed page is out of date
 */
export async function confirmImport(
  id: string,
  confirmation: ImportConfirmation,
  actor: Actor,
): Promise<void> {
  await inTransaction(async () => {
    const source = await lockImport(id);
    if (source.kind !== 'alumni') throw new Conflict(t('imports:errors.invitedByCampaign'));
    if (source.confirmedAt) return;
    if (!source.checkedAt) throw new Conflict(t('imports:errors.stillChecking'));
    const confirmedCount = countImportable(source);
    if (confirmedCount === 0) throw new InvalidInput({ form: t('imports:errors.nothingToImport') });
    if (confirmedCount !== confirmation.count || source.checkedAt.toISOString() !== confirmation.checkedAt) {
      throw new InvalidInput({ form: t('imports:errors.outdated') });
    }
    const confirmed = { confirmedAt: NOW, confirmedBy: accountIdOf(actor), ...originOf(actor) };
    await Import.update({ ...confirmed, confirmedCount, lastLine: 0 }, { where: { id } });
    const detail = { rows: confirmedCount };
    await recordEvent(actor, { action: 'import.confirmed', subject: 'import', subjectId: id, detail });
    await enqueueStep(id);
  });
}

/** Why an import can't be undone, or null if it can. */
export function notUndoableReason(source: Import): string | null {
  if (source.undoneAt) return t('imports:errors.alreadyUndone');
  if (!source.finishedAt) return t('imports:errors.nothingToUndo');
  if (source.rowsPurgedAt) return t('imports:errors.rowsPurged');
  return source.importedCount === 0 ? t('imports:errors.nothingToUndo') : null;
}

/**
 * Starts undoing an import. The worker restores the records that still have the values the import wrote.
 * @throws NotFound, Conflict
 */
export async function undoImport(id: string, reason: string, actor: Actor): Promise<void> {
  await inTransaction(async () => {
    const obstacle = notUndoableReason(await lockImport(id));
    if (obstacle !== null) throw new Conflict(obstacle);
    const undone = { undoneAt: NOW, undoneBy: accountIdOf(actor), ...originOf(actor), undoReason: reason };
    await Import.update({ ...undone, lastLine: 0 }, { where: { id } });
    const detail = { reason };
    await recordEvent(actor, { action: 'import.undone', subject: 'import', subjectId: id, detail });
    await enqueueStep(id);
  });
}

const steps: Readonly<Partial<Record<ImportState, (source: Import) => Promise<void>>>> = {
  checking: checkRowsStep,
  importing: importStep,
  undoing: undoStep,
};

/**
 * The job: runs one step of an import and queues the next in the same transaction. A killed worker loses only its
 * current step. A second worker waits for the lock and continues where the first one stopped.
 */
export function runImport(id: string): Promise<void> {
  return inTransaction(async () => {
    const source = await lockImport(id).catch(nullIfNotFound);
    const step = source && steps[importStateOf(source)];
    if (!step) return;
    await step(source);
    await enqueueStep(id);
  });
}

async function importStep(source: Import): Promise<void> {
  const next = await listRowsAfter(source, `status in ('new', 'changed')`);
  const actor = actorFromOrigin(source, source.confirmedBy);
  if (next.length === 0) {
    const counted = await storeOutcomeCounts(source, 'finished_at');
    const event = { action: 'import.finished', subject: 'import', subjectId: source.id } as const;
    return recordEvent(actor, { ...event, detail: counted });
  }
  const outcomes = await importRecords(next, source);
  const imported = outcomes.filter(({ outcome }) => outcome === 'imported');
  await auditImportedRecords('alumni-record.imported', imported, source, actor);
  await storeOutcomes(source, outcomes, {
    importedCount: source.importedCount + imported.length,
    skippedCount: source.skippedCount + outcomes.length - imported.length,
  });
}

async function undoStep(source: Import): Promise<void> {
  const next = await listRowsAfter(source, `outcome = 'imported'`);
  const actor = actorFromOrigin(source, source.undoneBy);
  if (next.length === 0) {
    const counted = await storeOutcomeCounts(source, 'undo_finished_at');
    const event = { action: 'import.undo-finished', subject: 'import', subjectId: source.id } as const;
    return recordEvent(actor, { ...event, detail: counted });
  }
  const outcomes = await undoImportedRecords(next, source);
  const undone = outcomes.filter(({ outcome }) => outcome === 'undone');
  await auditImportedRecords('alumni-record.import-undone', undone, source, actor);
  await storeOutcomes(source, outcomes, {
    undoneCount: source.undoneCount + undone.length,
    keptCount: source.keptCount + outcomes.length - undone.length,
  });
}

function listRowsAfter({ id, lastLine }: Import, condition: string): Promise<ImportedRow[]> {
  return queryRows<ImportedRow>(
    `select line, key, values, record_id, previous_values from import_rows
     where import_id = $1 and line > $2 and ${condition} order by line limit ${CHUNK_SIZE}`,
    [id, lastLine],
  );
}

async function auditImportedRecords(
  action: `alumni-record.${string}`,
  outcomes: readonly RowOutcome[],
  { id }: Import,
  actor: Actor,
): Promise<void> {
  const subjects = outcomes.map(({ recordId }) => ({ subjectId: recordId ?? '', detail: { importId: id } }));
  await recordEvents(actor, { action, subject: 'alumni-record' }, subjects);
}

async function storeOutcomes(
  source: Import,
  outcomes: readonly RowOutcome[],
  counts: Partial<Pick<Import, 'importedCount' | 'skippedCount' | 'undoneCount' | 'keptCount'>>,
): Promise<void> {
  await queryRows(
    `update import_rows r set outcome = input.outcome, record_id = input.record_id
     from unnest($2::int[], $3::text[], $4::bigint[]) as input (line, outcome, record_id)
     where r.import_id = $1 and r.line = input.line`,
    [
      source.id,
      outcomes.map(({ line }) => line),
      outcomes.map(({ outcome }) => outcome),
      outcomes.map(({ recordId }) => recordId),
    ],
  );
  await source.update({ ...counts, lastLine: outcomes.at(-1)?.line ?? source.lastLine });
}

async function storeOutcomeCounts(
  { id }: Import,
  finishedColumn: 'finished_at' | 'undo_finished_at',
): Promise<Record<string, number>> {
  const counted = await queryRow<{ outcomeCounts: Record<string, number> }>(
    `update imports set ${finishedColumn} = now(), outcome_counts = coalesce(
       (select jsonb_object_agg(outcome, count) from (
         select outcome, count(*) from import_rows where import_id = $1 and outcome is not null group by outcome) counted),
       '{}')
     where id = $1 returning outcome_counts`,
    [id],
  );
  return counted?.outcomeCounts ?? {};
}

function nullIfNotFound(error: unknown): null {
  if (error instanceof NotFound) return null;
  throw error;
}
