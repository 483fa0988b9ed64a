import { type RecordColumn, type RecordValues, recordColumns } from '../../alumni/record-columns.ts';
import { createRecordSchemas, normaliseCell } from '../../alumni/record-fields.ts';
import { findSyncedRecords, type SyncedRecord } from '../../alumni/synced-record.ts';
import { type Actor, recordEvents } from '../../platform/audit/audit.ts';
import { inTransaction } from '../../platform/db/database.ts';
import { Conflict, InvalidInput, PreconditionFailed } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import {
  defaultValues,
  insertRecords,
  listStoredRecords,
  type StoredRecord,
  updateRecords,
} from './bulk-write.ts';

type Value = string | number | boolean | null;

/** A record as another system has it. Columns that are left out keep their values; null erases a value. */
export type RecordToPut = Readonly<{
  values: Readonly<Partial<Record<RecordColumn, Value | undefined>> & { external_id: string }>;
  /** Whether the record may be written as it is now; null if there is none yet. */
  isExpected: (current: SyncedRecord | null) => boolean;
}>;

export type PutOutcome = 'created' | 'changed' | 'unchanged' | Error;

type ValidRecord = Readonly<{ index: number; id: string; values: RecordValues }>;

/**
 * Adds records to the directory, or changes those with the same external id. A record that can't be written doesn't
 * affect the others.
 * @returns an outcome for each record, in the same order: InvalidInput for invalid values; Conflict for a record that was
 *   merged, or that is in the list twice; PreconditionFailed if it isn't as expected
 */
export function putRecords(records: readonly RecordToPut[], actor: Actor): Promise<PutOutcome[]> {
  return inTransaction(async () => {
    const outcomes: PutOutcome[] = records.map(() => 'unchanged');
    const valid = parseRecords(records, outcomes);
    const ids = valid.map(({ id }) => id);
    const known = await listStoredRecords(ids);
    const added = await insertRecords(
      valid
        .filter((record) => !known.has(record.id) && isInsertable(record, records, outcomes))
        .map(toNewLine),
      recordColumns,
    );
    const stored = await listStoredRecords(ids, { lock: true });
    const current = await findSyncedRecords(ids);
    const changes = valid.flatMap(({ index, id, values }) => {
      const record = stored.get(id);
      if (added.has(id)) outcomes[index] = 'created';
      if (added.has(id) || record === undefined) return [];
      if (!records[index]?.isExpected(current.get(id) ?? null)) {
        outcomes[index] = new PreconditionFailed();
        return [];
      }
      if (record.mergedInto !== null) {
        outcomes[index] = new Conflict(t('imports:rowErrors.merged', { id: record.mergedInto }));
        return [];
      }
      const columns = recordColumns.filter((column) => differs(column, values, record));
      if (columns.length === 0) return [];
      outcomes[index] = 'changed';
      return [{ id: record.id, values: { ...record.values, ...forgetOwner(columns), ...values }, columns }];
    });
    await updateRecords(changes, recordColumns);
    await recordAll(
      'created',
      [...added.values()].map((id) => ({ id, columns: [] })),
      actor,
    );
    await recordAll('changed', changes, actor);
    return outcomes;
  });
}

/** Parses the values and puts an error into `outcomes` for each record that is invalid or a repetition. */
function parseRecords(records: readonly RecordToPut[], outcomes: PutOutcome[]): ValidRecord[] {
  const schemas = createRecordSchemas(new Date());
  const seen = new Set<string>();
  return records.flatMap(({ values: input }, index) => {
    const values: Partial<Record<RecordColumn, Value>> = {};
    const errors: Record<string, string> = {};
    for (const column of recordColumns.filter((name) => input[name] !== undefined)) {
      const parsed = schemas[column].safeParse(normaliseCell(String(input[column] ?? '')));
      if (parsed.success) values[column] = parsed.data;
      else errors[column] ??= parsed.error.issues[0]?.message ?? '';
    }
    const id = String(values.external_id ?? '');
    if (Object.keys(errors).length > 0) outcomes[index] = new InvalidInput(errors);
    else if (seen.has(id)) outcomes[index] = new Conflict(t('api:errors.sameRecord'));
    else {
      seen.add(id);
      return [{ index, id, values }];
    }
    return [];
  });
}

function isInsertable(
  { index, values }: ValidRecord,
  records: readonly RecordToPut[],
  outcomes: PutOutcome[],
): boolean {
  if (!records[index]?.isExpected(null)) outcomes[index] = new PreconditionFailed();
  else if (values.last_name === undefined)
    outcomes[index] = new InvalidInput({ last_name: t('alumni:fieldErrors.lastName') });
  else return true;
  return false;
}

const toNewLine = ({ values }: ValidRecord) => ({ values: { ...defaultValues, ...values } });

/** Whose address a new one is isn't known. */
const forgetOwner = (changed: readonly RecordColumn[]): RecordValues =>
  changed.includes('email') ? { email_of: null } : {};

function differs(column: RecordColumn, values: RecordValues, stored: StoredRecord): boolean {
  return values[column] !== undefined && values[column] !== stored.values[column];
}

function recordAll(
  verb: 'created' | 'changed',
  records: readonly Readonly<{ id: string; columns: readonly RecordColumn[] }>[],
  actor: Actor,
): Promise<void> {
  return recordEvents(
    actor,
    { action: `alumni-record.${verb}`, subject: 'alumni-record' },
    records.map(({ id, columns }) => ({ subjectId: id, detail: columns.length === 0 ? {} : { columns } })),
  );
}
