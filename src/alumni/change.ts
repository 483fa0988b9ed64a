import { UniqueConstraintError } from 'sequelize';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { inTransaction, NOW, queryRows } from '../platform/db/database.ts';
import { Conflict, InvalidInput } from '../platform/errors.ts';
import { officeText, t } from '../platform/i18n/i18n.ts';
import { liftSuppressions } from '../platform/mail/suppressions.ts';
import { getRecord, type ListedRecord, lockRecords } from './listed-record.ts';
import {
  AlumniRecord,
  differingFields,
  type EditableField,
  editableFields,
  type RecordInput,
} from './record.ts';

/** The changed fields, or the current record if someone else has saved it since it was shown. */
export type ChangeResult = Readonly<{ changedFields: EditableField[] } | { current: ListedRecord }>;

/** Adds a record to the directory. @returns its id @throws InvalidInput if the external id is taken */
export function createRecord(input: RecordInput, actor: Actor): Promise<string> {
  return rejectTakenId(input.externalId, () =>
    inTransaction(async () => {
      const created = await AlumniRecord.create(input, { fields: [...editableFields] });
      await recordAlumniEvent('created', created.id, actor);
      return created.id;
    }),
  );
}

/**
 * Changes a record, unless it was saved after `savedAt`.
 * @throws NotFound, InvalidInput if the external id is taken, Conflict if the record was merged
 */
export function changeRecord(
  id: string,
  input: RecordInput,
  savedAt: string,
  actor: Actor,
): Promise<ChangeResult> {
  return rejectTakenId(input.externalId, () =>
    inTransaction(async (): Promise<ChangeResult> => {
      const current = await lockRecord(id);
      const changedFields = differingFields(current, input);
      if (changedFields.length === 0) return { changedFields: [] };
      if (current.savedAt !== savedAt) return { current };
      await saveRecordInput(id, input);
      await recordAlumniEvent('changed', id, actor, { columns: changedFields });
      return { changedFields };
    }),
  );
}

/**
 * Changes some fields of a record that belongs to nobody yet. Runs in the caller's transaction.
 * @throws NotFound; Conflict if the record isn't active or someone has claimed it
 */
export async function changeUnclaimedRecord(
  id: string,
  changes: Partial<RecordInput>,
  actor: Actor,
): Promise<ListedRecord> {
  const current = await lockRecord(id);
  if (current.state !== 'active' || current.claimed) throw new Conflict(t('alumni:errors.notUnclaimed'));
  const input = { ...current, ...changes };
  const changedFields = differingFields(current, input);
  if (changedFields.length === 0) return current;
  await saveRecordInput(id, input);
  // Whose address the new one is isn't known.
  if (changedFields.includes('email')) await AlumniRecord.update({ emailOf: null }, { where: { id } });
  await recordAlumniEvent('changed', id, actor, { columns: changedFields });
  return current;
}

/**
 * Gives the records that an account has claimed its new address, where they had the old one, and keeps the old one as a
 * further address. Runs in the caller's transaction.
 */
export async function replaceAddressOfClaimedRecords(
  accountId: string,
  { from, to }: Readonly<{ from: string; to: string }>,
  actor: Actor,
): Promise<void> {
  const changed = await queryRows<{ id: string }>(
    `update alumni_members m set email = $3::citext, updated_at = now(),
       other_emails = nullif(left(array_to_string(array(
         select address from (
           select address, n from unnest(string_to_array(m.other_emails, ', ')) with ordinality as kept (address, n)
           union all select $2::citext::text, 0) addresses
         where lower(address) <> lower($3::citext::text) group by address order by min(n)), ', '), 2000), '')
     where m.email = $2::citext and m.id in (select alumni_member_id from profiles where account_id = $1)
     returning m.id`,
    [accountId, from, to],
  );
  // The office's own system needs the change, too.
  await queryRows(
    `insert into record_corrections (alumni_member_id, account_id, field, old_value, new_value, decided_at, is_accepted)
     select id, $2, 'email', $3, $4, now(), true from unnest($1::bigint[]) id`,
    [changed.map(({ id }) => id), accountId, from, to],
  );
  for (const { id } of changed)
    await recordAlumniEvent('changed', id, actor, { columns: ['email', 'otherEmails'] });
}

/** Writes all editable fields. The caller locks the record and records the event. */
export async function saveRecordInput(id: string, input: RecordInput): Promise<void> {
  await AlumniRecord.update(
    { ...input, updatedAt: NOW },
    { where: { id }, fields: [...editableFields, 'updatedAt'] },
  );
}

/** Excludes a record from claims and matches, and keeps its data. @throws NotFound, Conflict */
export function deactivateRecord(id: string, actor: Actor): Promise<ListedRecord> {
  return inTransaction(async () => {
    const record = await lockRecord(id);
    if (record.state !== 'active')
      throw new Conflict(
        record.state === 'deceased' ? t('alumni:errors.alreadyDeceased') : t('alumni:errors.alreadyInactive'),
      );
    await AlumniRecord.update({ active: false, updatedAt: NOW }, { where: { id } });
    await recordAlumniEvent('deactivated', id, actor);
    return record;
  });
}

/** Marks the person as deceased. Runs in the caller's transaction. @throws NotFound, Conflict */
export async function recordDeath(id: string, actor: Actor): Promise<ListedRecord> {
  const record = await lockRecord(id);
  if (record.state === 'deceased') throw new Conflict(t('alumni:errors.alreadyDeceased'));
  await AlumniRecord.update({ deceased: true, updatedAt: NOW }, { where: { id } });
  await recordAlumniEvent('marked-deceased', id, actor);
  return record;
}

/** Makes an inactive or deceased person's record active again. @throws NotFound, Conflict */
export function reactivateRecord(id: string, actor: Actor): Promise<ListedRecord> {
  return inTransaction(async () => {
    const record = await lockRecord(id);
    if (record.state === 'active') throw new Conflict(t('alumni:errors.alreadyActive'));
    await AlumniRecord.update({ active: true, deceased: false, updatedAt: NOW }, { where: { id } });
    if (record.email)
      await liftSuppressions(record.email, ['deceased'], officeText('alumni:stored.reactivated'), actor);
    await recordAlumniEvent('reactivated', id, actor, { previousState: record.state });
    return record;
  });
}

async function lockRecord(id: string): Promise<ListedRecord> {
  const [record] = await lockRecords([id]);
  if (!record) throw new Error('lockRecords returned no record');
  if (record.mergedAt === null) return record;
  const keptRecord = await getRecord(record.mergedInto ?? '');
  throw new Conflict(t('alumni:errors.mergedSince', { id: keptRecord.externalId, at: record.mergedAt }));
}

async function rejectTakenId<Result>(externalId: string, change: () => Promise<Result>): Promise<Result> {
  try {
    return await change();
  } catch (error) {
    if (!(error instanceof UniqueConstraintError)) throw error;
    throw new InvalidInput({ externalId: t('alumni:fieldErrors.takenId', { id: externalId }) });
  }
}

function recordAlumniEvent(
  action: string,
  subjectId: string,
  actor: Actor,
  detail: Record<string, unknown> = {},
): Promise<void> {
  return recordEvent(actor, {
    action: `alumni-record.${action}`,
    subject: 'alumni-record',
    subjectId,
    detail,
  });
}
