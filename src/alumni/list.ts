import { row, rows } from '../database.ts';
import {
  type Cursor,
  countUpTo,
  type KeyColumn,
  type KeysetPage,
  type KeysetQuery,
  keysetPage,
} from '../keyset.ts';
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

/** So few are quicker read all and sorted than looked for along an index that has their order. */
const FEW = 300;
/** Counting what a search finds means looking at each; and many of one name stand together in most orders. */
const MOST_FOUND = 1_000;
const MOST_COUNTED = 10_000;
const MOST_CHOICES = 300;

/** One page of the register, and how many there are. */
export async function listRecords(query: RecordQuery): Promise<RecordList> {
  const isSearch = query.search !== '';
  const counted = isSearch ? MOST_FOUND : MOST_COUNTED;
  const ids = isNarrow(query) ? await allIfFew(query, isSearch ? MOST_FOUND : FEW) : null;
  const isUnsorted = isSearch && ids === null;
  const [count, page] = await Promise.all([
    ids?.length ?? (isSearch ? MOST_FOUND + 1 : countUpTo({ ...conditionsOf(query), from: FROM }, counted)),
    keysetPage<StoredRecord>({
      ...(ids ? sorted(ids) : { ...conditionsOf(query), from: FROM }),
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

// One filter alone has an index with each order; what two or a search leave may be anywhere along it.
function isNarrow({ search, batch, center, standing, without }: RecordFilter): boolean {
  const filters = [batch, center, standing, without].filter((wanted) => wanted !== null);
  return search !== '' || filters.length > 1;
}

/** The ids of all that match, or null when there are more than `few`. */
async function allIfFew(query: RecordFilter, few: number): Promise<string[] | null> {
  const { where, bind } = conditionsOf(query);
  const found = await row<{ ids: string[] | null }>(
    `with found as materialized (select m.id from ${FROM} where ${where.join(' and ')} limit ${few + 1})
     select case when count(*) <= ${few} then coalesce(array_agg(id), '{}') end as ids from found`,
    bind,
  );
  return found?.ids ?? null;
}

// "offset 0" keeps the planner from walking along the order after all.
function sorted(ids: string[]): Pick<KeysetQuery, 'from' | 'where' | 'bind'> {
  const from = `(select * from alumni_members m where m.id = any($1::bigint[]) offset 0) m`;
  return { from, where: [], bind: [ids] };
}
