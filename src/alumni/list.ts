import { rows } from '../database.ts';
import { hitsIfFew, idsIfFew, thoseOf } from '../few.ts';
import { type Cursor, countUpTo, type KeyColumn, type KeysetPage, keysetPage } from '../keyset.ts';
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

/** What one or several filters leave is read all, up to here; what a search finds up to `MOST_FOUND`. */
const FEW = 300;
/** Many of one name stand together in most orders, so that more than these keep the order of ids. */
const MOST_FOUND = 1_000;
const MOST_COUNTED = 10_000;
const MOST_CHOICES = 300;

/** One page of the register, and how many there are. */
export async function listRecords(query: RecordQuery): Promise<RecordList> {
  const isSearch = query.search !== '';
  const found = { from: FROM, ...conditionsOf(query) };
  const counted = isSearch ? MOST_FOUND : MOST_COUNTED;
  const ids = isSearch
    ? await hitsIfFew(found, MOST_FOUND)
    : isNarrow(query)
      ? await idsIfFew(found, FEW)
      : null;
  const isUnsorted = isSearch && ids === null;
  const [count, page] = await Promise.all([
    ids?.length ?? (isSearch ? MOST_FOUND + 1 : countUpTo(found, counted)),
    keysetPage<StoredRecord>({
      ...(ids ? thoseOf(FROM, ids) : found),
      select: RECORD_COLUMNS,
      order: isUnsorted ? [byId] : orders[query.order],
      descending: isUnsorted ? false : query.descending,
      cursor: query.cursor,
    }),
  ]);
  return { ...page, count, counted, isUnsorted };
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

const FROM = 'alumni_members m';

// One filter alone has an index with each order; what two leave may be anywhere along it.
function isNarrow({ batch, center, standing, without }: RecordFilter): boolean {
  return [batch, center, standing, without].filter((wanted) => wanted !== null).length > 1;
}
