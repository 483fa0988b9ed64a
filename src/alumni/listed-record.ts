import type { Attributes } from 'sequelize';
import { columnsOf, queryRow, queryRows } from '../platform/db/database.ts';
import { NotFound } from '../platform/errors.ts';
import { isId } from '../platform/text/text.ts';
import { AlumniRecord } from './record.ts';

/** A record as staff see it, of whatever state. */
export type ListedRecord = Readonly<
  Attributes<AlumniRecord> & {
    /** Whether any account says who this is. */
    claimed: boolean;
    /** The moment of the newest change, exactly: what a form brings back, so that two don't overwrite each other. */
    savedAt: string;
  }
>;

/**
 * What a statement selects from `alumni_members m` for it. Not by "exists": for that the planner reads all profiles, to
 * look up a page of records in them.
 */
export const LISTED_RECORD_SQL = `${columnsOf(AlumniRecord, 'm')}, m.updated_at::text as saved_at,
  (select true from profiles p where p.alumni_member_id = m.id limit 1) is not null as claimed`;

/** @throws NotFound, also for what is no id */
export async function getRecord(id: string): Promise<ListedRecord> {
  const found = isId(id)
    ? await queryRow<ListedRecord>(`select ${LISTED_RECORD_SQL} from alumni_members m where m.id = $1`, [id])
    : null;
  if (!found) throw new NotFound('There is no such record.');
  return found;
}

/** Records that are about to change, held until the end, in the order of ids. @throws NotFound */
export async function lockRecords(ids: readonly string[]): Promise<ListedRecord[]> {
  const where = { id: ids.filter(isId) };
  await AlumniRecord.findAll({ attributes: ['id'], where, order: ['id'], lock: true });
  const locked: ListedRecord[] = [];
  for (const id of ids) locked.push(await getRecord(id));
  return locked;
}

/** The records that were merged into this one, the newest first. */
export function listMergedRecords(id: string): Promise<ListedRecord[]> {
  return queryRows<ListedRecord>(
    `select ${LISTED_RECORD_SQL} from alumni_members m where m.merged_into = $1
     order by m.merged_at desc, m.id limit 50`,
    [id],
  );
}
