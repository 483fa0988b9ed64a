import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { inTransaction, queryRows } from '../platform/db/database.ts';
import { type Table, type TableColumn, tableOf } from '../platform/tables/write.ts';
import { type RecordFilter, recordConditions } from './filter.ts';
import { LISTED_RECORD_SQL, type ListedRecord } from './listed-record.ts';
import { CLAIMS_SQL, type SyncedRecord } from './synced-record.ts';

type ExportedRecord = ListedRecord & Pick<SyncedRecord, 'claims'>;

const ownClaim = ({ claims }: ExportedRecord) => claims.find(({ relationship }) => relationship === 'self');

// The headings and formats that an import reads, so that the file can be edited and imported again. It ignores the last three.
const columns: readonly TableColumn<ExportedRecord>[] = [
  { heading: 'external_id', value: ({ externalId }) => externalId },
  { heading: 'first_name', value: ({ firstName }) => firstName },
  { heading: 'last_name', value: ({ lastName }) => lastName },
  { heading: 'former_name', value: ({ formerName }) => formerName },
  { heading: 'email', value: ({ email }) => email },
  { heading: 'email_of', value: ({ emailOf }) => emailOf },
  { heading: 'other_emails', value: ({ otherEmails }) => otherEmails },
  { heading: 'batch', value: ({ batch }) => batch },
  { heading: 'center', value: ({ center }) => center },
  { heading: 'year_of_birth', value: ({ yearOfBirth }) => yearOfBirth },
  { heading: 'language', value: ({ language }) => language },
  { heading: 'active', value: ({ active }) => active },
  { heading: 'deceased', value: ({ deceased }) => deceased },
  {
    heading: 'registered_at',
    value: (record) => toDate(ownClaim(record)?.registeredAt),
    isTime: true,
  },
  { heading: 'account_email', value: (record) => ownClaim(record)?.email ?? null },
  // Parents who have registered this person as their child.
  {
    heading: 'claimed_as_child_by',
    value: ({ claims }) =>
      claims
        .filter(({ relationship }) => relationship === 'child')
        .map(({ email }) => email)
        .join(', '),
  },
];

const toDate = (at: string | undefined) => (at === undefined ? null : new Date(at));

const CHUNK_SIZE = 2_000;

/**
 * Streams records as a table that can be imported again, and records the export first. Merged records, which an import
 * rejects, are excluded unless the filter asks for them.
 */
export async function exportRecords(filter: RecordFilter, actor: Actor): Promise<Table> {
  const event = { action: 'alumni-record.exported', subject: 'alumni-record', subjectId: 'export' } as const;
  await inTransaction(() => recordEvent(actor, { ...event, detail: { filter } }));
  return tableOf(columns, readInChunks(filter));
}

async function* readInChunks(filter: RecordFilter): AsyncGenerator<ExportedRecord[]> {
  const conditions = recordConditions(filter);
  if (filter.state !== 'merged') conditions.and(`m.state <> 'merged'`);
  const { sql, bind } = conditions;
  for (let last = '0'; ; ) {
    const chunk = await queryRows<ExportedRecord>(
      `select ${LISTED_RECORD_SQL}, ${CLAIMS_SQL} from alumni_members m
       where ${sql} and m.id > $${bind.length + 1}::bigint order by m.id limit ${CHUNK_SIZE}`,
      [...bind, last],
    );
    if (chunk.length > 0) yield chunk;
    if (chunk.length < CHUNK_SIZE) return;
    last = chunk.at(-1)?.id ?? last;
  }
}
