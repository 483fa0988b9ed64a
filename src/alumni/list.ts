import type { Cursor, KeyColumn } from '../cursor.ts';
import { rows } from '../database.ts';
import { keysetPageOfFew, keysetPageOfHits } from '../few.ts';
import { countUpTo, type KeysetPage, type KeysetQuery, keysetPage } from '../keyset.ts';
import type { Way } from '../search.ts';
import { BATCH, conditionsOf, type RecordFilter } from './filter.ts';
import { RECORD_COLUMNS, type StoredRecord } from './stored-record.ts';

const byId: KeyColumn = { sql: 'm.id', type: 'bigint' };
const byName: readonly KeyColumn[] = [
  { sql: 'm.last_name', type: 'text' },
  { sql: 'm.first_name', type: 'text' },
  byId,
];
const orders = {
  name: byName,
  batch: [{ sql: BATCH, type: 'int' }, ...byName],
  changed: [{ sql: 'm.updated_at', type: 'timestamptz' }, byId],
} satisfies Record<string, readonly KeyColumn[]>;

export type Order = keyof typeof orders;

export type RecordQuery = RecordFilter &
  Readonly<{ order: Order; descending: boolean; cursor: Cursor | null }>;

export type RecordList = KeysetPage<StoredRecord> &
  Readonly<{
    /** How many there are, at most `counted + 1`. */
    count: number;
    counted: number;
    /** Whether a search found so many that they stand in the order in which they were added. */
    isUnsorted: boolean;
  }>;

/** What several filters leave is read all, up to here. */
const FEW = 1_000;
/** Many of one name stand together in most orders, so that more than these keep the order of ids. */
const MOST_FOUND = 1_000;
const MOST_COUNTED = 10_000;
const MOST_CHOICES = 300;

/** One page of the register, and how many there are. */
export async function listRecords(query: RecordQuery): Promise<RecordList> {
  return query.search === '' ? filtered(query) : found(query);
}

async function filtered(query: RecordQuery): Promise<RecordList> {
  const counting = countUpTo(pageQuery(query), MOST_COUNTED);
  // One filter alone has an index with each order; what two leave may be anywhere along it.
  const few =
    isNarrow(query) && (await counting) <= FEW
      ? await keysetPageOfFew<StoredRecord>(pageQuery(query), FEW)
      : null;
  const [count, page] = await Promise.all([counting, few ?? keysetPage<StoredRecord>(pageQuery(query))]);
  return { ...page, count, counted: MOST_COUNTED, isUnsorted: false };
}

async function found(query: RecordQuery): Promise<RecordList> {
  const search = { table: 'alumni_members', part: query.search } as const;
  const few = await keysetPageOfHits<StoredRecord>(search, (way) => pageQuery(query, way), MOST_FOUND);
  if (few) return { ...few, counted: MOST_FOUND, isUnsorted: false };
  const page = await keysetPage<StoredRecord>({ ...pageQuery(query), order: [byId], descending: false });
  return { ...page, count: MOST_FOUND + 1, counted: MOST_FOUND, isUnsorted: true };
}

function pageQuery(query: RecordQuery, way?: Way): KeysetQuery & { joined: string } {
  const { order, descending, cursor } = query;
  return {
    ...conditionsOf(query, way),
    select: RECORD_COLUMNS,
    from: 'alumni_members m',
    joined: 'join alumni_members m on m.id = page.id',
    order: orders[order],
    descending,
    cursor,
  };
}

/** The centers that records have, by name. Jumps along the index from one to the next. */
export async function recordCenters(): Promise<string[]> {
  const next = (after: string) =>
    `(select m.center from alumni_members m where m.center ${after} order by m.center limit 1)`;
  const centers = await rows<{ center: string }>(
    `with recursive seen as (
       ${next('is not null')}
       union all select ${next('> seen.center')} from seen where seen.center is not null)
     select center from seen where center is not null limit ${MOST_CHOICES}`,
  );
  return centers.map(({ center }) => center);
}

export function isOrder(text: string): text is Order {
  return Object.hasOwn(orders, text);
}

function isNarrow({ batch, center, standing, without }: RecordFilter): boolean {
  return [batch, center, standing, without].filter((wanted) => wanted !== null).length > 1;
}
