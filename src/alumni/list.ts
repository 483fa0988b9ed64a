import { type Cursor, countUpTo, type Page, readPage, type SortKey } from '../platform/db/paging.ts';
import { BATCH_SQL, type RecordFilter, recordConditions } from './filter.ts';
import { LISTED_RECORD_SQL, type ListedRecord } from './listed-record.ts';

const byId: SortKey = { sql: 'm.id', type: 'bigint' };
const byName: readonly SortKey[] = [
  { sql: 'm.last_name', type: 'text' },
  { sql: 'm.first_name', type: 'text' },
  byId,
];
const sortOrders = {
  name: byName,
  batch: [{ sql: BATCH_SQL, type: 'int' }, ...byName],
  changed: [{ sql: 'm.changed_at', type: 'timestamptz' }, byId],
} satisfies Record<string, readonly SortKey[]>;

export type RecordSort = keyof typeof sortOrders;

export type RecordQuery = RecordFilter &
  Readonly<{ order: RecordSort; descending: boolean; cursor: Cursor | null; size?: number }>;

/** How many records match, counted up to 10,001. */
export function countRecords(filter: RecordFilter): Promise<number> {
  return countUpTo('alumni_members m', recordConditions(filter));
}

/** One page of the directory. */
export function listRecords(query: RecordQuery): Promise<Page<ListedRecord>> {
  const { order, descending, cursor, size } = query;
  return readPage<ListedRecord>({
    select: LISTED_RECORD_SQL,
    from: 'alumni_members m',
    conditions: recordConditions(query),
    order: sortOrders[order],
    descending,
    cursor,
    ...(size === undefined ? {} : { size }),
  });
}

export function isRecordSort(text: string): text is RecordSort {
  return Object.hasOwn(sortOrders, text);
}
