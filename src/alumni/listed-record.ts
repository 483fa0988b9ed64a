import type { Attributes } from 'sequelize';
import { columnsOf, queryRow, queryRows } from '../platform/db/database.ts';
import { NotFound } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { isId } from '../platform/text/text.ts';
import { AlumniRecord } from './record.ts';

/** A record of any state, as staff see it. */
export type ListedRecord = Readonly<
  Attributes<AlumniRecord> & {
    /** Whether an account has claimed it. */
    claimed: boolean;
    /** `updated_at` in full precision. Forms send it back to detect concurrent changes. */
    savedAt: string;
  }
>;

/**
 * The columns of a `ListedRecord`, selected from `alumni_members m`. Avoids `exists`, because the planner would read
 * all profiles for one page of records.
 */
export const LISTED_RECORD_SQL = `${columnsOf(AlumniRecord, 'm')}, m.updated_at::text as saved_at,
  (select true from profiles p where p.alumni_member_id = m.id limit 1) is not null as claimed`;

/** @throws NotFound, also for a malformed id */
export async function getRecord(id: string): Promise<ListedRecord> {
  const record = isId(id)
    ? await queryRow<ListedRecord>(`select ${LISTED_RECORD_SQL} from alumni_members m where m.id = $1`, [id])
    : null;
  if (!record) throw new NotFound(t('alumni:errors.recordNotFound'));
  return record;
}

/**
 * Locks records until the transaction ends, by id to avoid deadlocks. Returns them in the given order. @throws NotFound
 */
export async function lockRecords(ids: readonly string[]): Promise<ListedRecord[]> {
  const where = { id: ids.filter(isId) };
  await AlumniRecord.findAll({ attributes: ['id'], where, order: ['id'], lock: true });
  const locked: ListedRecord[] = [];
  for (const id of ids) locked.push(await getRecord(id));
  return locked;
}

/** The records that were merged into this one, latest merge first. */
export function listMergedRecords(id: string): Promise<ListedRecord[]> {
  return queryRows<ListedRecord>(
    `select ${LISTED_RECORD_SQL} from alumni_members m where m.merged_into = $1
     order by m.merged_at desc, m.id limit 50`,
    [id],
  );
}
