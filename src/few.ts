import { rows } from './database.ts';
import { type KeysetPage, type KeysetQuery, keyed, type Placed, placeOf, planOf } from './keyset.ts';
import { rarePieces, type SearchTable, SHORTEST_PART, type Way } from './search.ts';

/** A page whose rows are all read before they are sorted. */
type FewQuery = Omit<KeysetQuery, 'branches'> & Readonly<{ joined: string }>;
type PageOfFew<Row> = KeysetPage<Row> & Readonly<{ count: number }>;

/**
 * One page of a list whose rows are all read and sorted, which is quicker than to look for them along an index as long as
 * they are few; null when there are more than `most`. @throws Invalid as `keysetPage` does
 */
export async function keysetPageOfFew<Row extends object>(
  query: FewQuery,
  most: number,
): Promise<PageOfFew<Row> | null> {
  const { bind, beyond, sorted, keys, read } = planOf(query);
  const alias = query.from.split(' ').at(-1);
  const found = await rows<Row & Placed & { count: number }>(
    `with found as materialized (
       select ${alias}.id, ${keyed(query.order)} from ${query.from}
       where ${['true', ...query.where].join(' and ')} limit ${most + 1}),
     few as materialized (select count(*)::int as count from found having count(*) <= ${most})
     select few.count, listed.* from few left join (
       select ${query.select}, ${[placeOf(keys), ...keys].join(', ')}
       from (select found.* from found, few where ${['true', ...beyond(keys)].join(' and ')} ${sorted(keys)}) page
       ${query.joined}) listed on true ${sorted(keys)}`,
    bind,
  );
  const [first] = found;
  if (!first) return null;
  // Where the page is empty, the one row tells the count alone.
  const listed = found.filter(({ place }) => place !== null);
  const { items, before, after } = read<Row & { count: number }>(listed);
  return {
    items: items.map(({ count: _, ...item }) => item as unknown as Row),
    before,
    after,
    count: first.count,
  };
}

/** So many times as many as may be read are no longer looked up, when the planner expects them. */
const FAR_MORE = 10;
/** So many times as many are looked through, which takes less than to look up what most of them have. */
const LOOKED_THROUGH = 20;

/**
 * The same for a search: null also where far more would have to be looked at. `queryOf` is the query by the way in which
 * the part is looked for.
 */
export async function keysetPageOfHits<Row extends object>(
  search: Readonly<{ table: SearchTable; part: string }>,
  queryOf: (way: Way) => FewQuery,
  most: number,
): Promise<PageOfFew<Row> | null> {
  const way = await wayToFind(search, queryOf, most);
  return way && keysetPageOfFew(queryOf(way), most);
}

async function wayToFind(
  { table, part }: Readonly<{ table: SearchTable; part: string }>,
  queryOf: (way: Way) => FewQuery,
  most: number,
): Promise<Way | null> {
  if (part.length >= SHORTEST_PART) {
    const pieces = await rarePieces(table, part);
    if (pieces !== null) return { pieces };
    if ((await expectedRows(queryOf('none'))) <= most * LOOKED_THROUGH) return 'unindexed';
  }
  return (await expectedRows(queryOf('any'))) <= most * FAR_MORE ? 'any' : null;
}

/** How many rows the planner expects, from its statistics alone. */
async function expectedRows({ from, where, bind }: FewQuery): Promise<number> {
  const [explained] = await rows<{ 'QUERY PLAN': readonly [{ Plan: { 'Plan Rows': number } }] }>(
    `explain (format json) select from ${from} where ${['true', ...where].join(' and ')}`,
    [...bind],
  );
  return explained?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0;
}
