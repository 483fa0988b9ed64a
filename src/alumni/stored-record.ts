import { row, rows } from '../database.ts';
import { NotFound } from '../errors.ts';
import { isId } from '../text.ts';

export type RecordState = 'active' | 'inactive' | 'deceased' | 'merged';

/** What the office says of a person: what a form or a file can change. */
export type RecordFacts = Readonly<{
  externalId: string;
  firstName: string;
  lastName: string;
  email: string | null;
  batch: number | null;
  center: string | null;
  yearOfBirth: number | null;
}>;

export type FactName = keyof RecordFacts;

/** The facts with their columns, in the order in which pages show them. */
export const factColumns: Readonly<Record<FactName, string>> = {
  externalId: 'external_id',
  firstName: 'first_name',
  lastName: 'last_name',
  email: 'email',
  batch: 'batch',
  center: 'center',
  yearOfBirth: 'year_of_birth',
};

export const factNames = Object.keys(factColumns) as FactName[];

/** A record of the register as staff see it, of whatever state. */
export type StoredRecord = RecordFacts &
  Readonly<{
    id: string;
    active: boolean;
    deceased: boolean;
    state: RecordState;
    /** Whether any account says who this is. */
    claimed: boolean;
    createdAt: Date;
    updatedAt: Date;
    /** The moment of the newest change, exactly: what a form brings back, so that two don't overwrite each other. */
    savedAt: string;
    mergedInto: string | null;
    mergedAt: Date | null;
  }>;

// Not by "exists": for that the planner reads all profiles, to look up a page of records in them.
export const RECORD_COLUMNS = `m.id, m.external_id, m.first_name,
  m.last_name, m.email, m.batch, m.center, m.year_of_birth, m.active, m.deceased, m.state,
  (select true from profiles p where p.alumni_member_id = m.id limit 1) is not null as claimed,
  m.created_at, m.updated_at, m.updated_at::text as saved_at,
  m.merged_into, m.merged_at`;

/** @throws NotFound, also for what is no id */
export async function recordById(id: string): Promise<StoredRecord> {
  const found = isId(id)
    ? await row<StoredRecord>(`select ${RECORD_COLUMNS} from alumni_members m where m.id = $1`, [id])
    : null;
  if (!found) throw new NotFound('There is no such record.');
  return found;
}

/** Records that are about to change, held until the end, in the order of ids. @throws NotFound */
export async function holdRecords(ids: readonly string[]): Promise<StoredRecord[]> {
  const known = ids.filter(isId);
  await rows('select 1 from alumni_members where id = any($1::bigint[]) order by id for update', [known]);
  const held: StoredRecord[] = [];
  for (const id of ids) held.push(await recordById(id));
  return held;
}

/** The records that were merged into this one, the newest first. */
export function mergedInto(id: string): Promise<StoredRecord[]> {
  return rows<StoredRecord>(
    `select ${RECORD_COLUMNS} from alumni_members m where m.merged_into = $1 order by m.merged_at desc, m.id limit 50`,
    [id],
  );
}

/** The facts in which two differ. */
export function differingFacts(one: RecordFacts, other: RecordFacts): FactName[] {
  return factNames.filter((name) => one[name] !== other[name]);
}
