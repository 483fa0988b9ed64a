import { type Cursor, countUpTo, type Page, readPage, type SortKey } from '../paging.ts';
import { BATCH, conditionsOf, type RecordFilter } from './filter.ts';
import { LISTED_RECORD_SQL, type ListedRecord } from './listed-record.ts';

const byId: SortKey = { sql: 'm.id', type: 'bigint' };
const byName: readonly SortKey[] = [
  { sql: 'm.last_name', type: 'text' },
  { sql: 'm.first_name', type: 'text' },
  byId,
];
const orders = {
  name: byName,
  batch: [{ sql: BATCH, type: 'int' }, ...byName],
  changed: [{ sql: 'm.updated_at', type: 'timestamptz' }, byId],
} satisfies Record<string, readonly SortKey[]>;

export type Order = keyof typeof orders;

export type RecordQuery = RecordFilter &
  Readonly<{ order: Order; descending: boolean; cursor: Cursor | null; size?: number }>;

/** How many match, counted up to 10,001. */
export function countRecords(filter: RecordFilter): Promise<number> {
  return countUpTo('alumni_members m', conditionsOf(filter));
}

/** One page of the register. */
export function listRecords(query: RecordQuery): Promise<Page<ListedRecord>> {
  const { order, descending, cursor, size } = query;
  return readPage<ListedRecord>({
    select: LISTED_RECORD_SQL,
    from: 'alumni_members m',
    conditions: conditionsOf(query),
    order: orders[order],
    descending,
    cursor,
    ...(size === undefined ? {} : { size }),
  });
}

export function isOrder(text: string): text is Order {
  return Object.hasOwn(orders, text);
}
