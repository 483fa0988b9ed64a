import type { Attributes } from 'sequelize';
import { columnsOf, queryRows } from '../platform/db/database.ts';
import { Conditions, type Cursor, type Page, readPage } from '../platform/db/paging.ts';
import { searchCondition } from '../platform/db/search.ts';
import type { Relationship } from './profile.ts';
import { AlumniRecord } from './record.ts';

/** A claim as another system sees it. `registeredAt` is when the account was created. */
export type SyncedClaim = Readonly<{
  accountId: string;
  email: string;
  relationship: Relationship;
  claimedAt: string;
  registeredAt: string;
}>;

/** A record with its claims, for other systems. `mergedIntoId` is the external id of the record that was kept. */
export type SyncedRecord = Readonly<
  Attributes<AlumniRecord> & { mergedIntoId: string | null; claims: readonly SyncedClaim[] }
>;

/** The claims on `alumni_members m` as JSON. */
export const CLAIMS_SQL = `coalesce((select json_agg(json_build_object('accountId', a.id::text, 'email', a.email,
      'relationship', p.relationship, 'claimedAt', p.claimed_at, 'registeredAt', a.created_at) order by p.id)
    from profiles p join accounts a on a.id = p.account_id where p.alumni_member_id = m.id), '[]') as claims`;

const SYNCED_RECORD_SQL = `${columnsOf(AlumniRecord, 'm')},
  (select kept.external_id from alumni_members kept where kept.id = m.merged_into) as merged_into_id, ${CLAIMS_SQL}`;

// The time of a change is when its transaction began, and nobody sees it before it commits. Listing later changes
// meanwhile would make a client miss that one.
const SETTLED_SQL = `m.changed_at < (select coalesce(min(xact_start), now()) from pg_stat_activity
  where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid())`;

export type SyncedRecordQuery = Readonly<{
  /** Part of a name or address, or an external id; everyone if empty. */
  search: string;
  /** Only what changed at this time or later, in the order of the changes; otherwise in the order of names. */
  changedSince: Date | null;
  cursor: Cursor | null;
  size: number;
}>;

/** One page of records for another system. */
export function listSyncedRecords(query: SyncedRecordQuery): Promise<Page<SyncedRecord>> {
  const { search, changedSince, cursor, size } = query;
  const conditions = new Conditions();
  if (search !== '')
    conditions.and(searchCondition('m.search_text', search, (value) => conditions.bindValue(value)));
  if (changedSince !== null) conditions.and(`m.changed_at >= ? and ${SETTLED_SQL}`, changedSince);
  const byName = [
    { sql: 'm.last_name', type: 'text' },
    { sql: 'm.first_name', type: 'text' },
  ] as const;
  return readPage<SyncedRecord>({
    select: SYNCED_RECORD_SQL,
    from: 'alumni_members m',
    conditions,
    order: [
      ...(changedSince === null ? byName : [{ sql: 'm.changed_at', type: 'timestamptz' } as const]),
      { sql: 'm.id', type: 'bigint' },
    ],
    cursor,
    size,
  });
}

/** The records with these external ids, of any state. */
export async function findSyncedRecords(externalIds: readonly string[]): Promise<Map<string, SyncedRecord>> {
  const found = await queryRows<SyncedRecord>(
    `select ${SYNCED_RECORD_SQL} from alumni_members m where m.external_id = any($1::text[])`,
    [externalIds],
  );
  return new Map(found.map((record) => [record.externalId, record]));
}
