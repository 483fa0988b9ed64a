import { type Cursor, type KeyColumn, readCursor, writeCursor } from './cursor.ts';
import { rows } from './database.ts';
import { Invalid } from './errors.ts';

/** How many rows a page of a list has. */
export const PAGE_SIZE = 25;
/** Counting stops after so many, so that it stays quick. */
export const MOST_COUNTED = 10_000;

export type KeysetQuery = Readonly<{
  /** The columns to read, with the names that the rows get. */
  select: string;
  /** The tables, joined. */
  from: string;
  /**
   * The tables of `select`, joined to the rows of the page and to none that are walked past: `from` is then one table, as
   * `table alias`, of which `page.id` tells the rows.
   */
  joined?: string;
  /** All must hold; values stand in `bind` as `$1`, `$2` … */
  where: readonly string[];
  bind: readonly unknown[];
  /** Ends with a column that no two rows share. */
  order: readonly KeyColumn[];
  descending: boolean;
  cursor: Cursor | null;
  /** Conditions that divide the rows among them, where only each part has its order in an index: they are merged. */
  branches?: readonly string[];
  /** How many rows a page has, where not the usual number. */
  size?: number;
}>;

export type KeysetPage<Row> = Readonly<{
  items: Row[];
  /** The cursors of the pages around this one, null where there is none. */
  before: string | null;
  after: string | null;
}>;

/**
 * One page of a list by keyset: the last page of a million rows costs what the first does, where an index has the
 * order's columns. A cursor that is none leads to the first page. @throws Invalid for one that is none and must fit
 */
export async function keysetPage<Row extends object>(query: KeysetQuery): Promise<KeysetPage<Row>> {
  const { order, joined, branches = ['true'] } = query;
  const { bind, beyond, sorted, keys, read } = planOf(query);
  const alias = query.from.split(' ').at(-1);
  const columns = order.map(({ sql }) => sql);
  const where = [...query.where, ...beyond(columns)];
  const walks = branches.map(
    (branch) =>
      `(select ${joined === undefined ? query.select : `${alias}.id`}, ${keyed(order)}
      from ${query.from} where ${[...where, branch].join(' and ')} ${sorted(columns)})`,
  );
  const [walk = ''] = walks;
  const merged =
    walks.length === 1 ? walk : `select * from (${walks.join(' union all ')}) merged ${sorted(keys)}`;
  // Places are told for the rows of the page alone: the planner would compute them before it sorts.
  const page =
    joined === undefined
      ? `select *, ${placeOf(keys)} from (${merged}) page ${sorted(keys)}`
      : `select ${query.select}, ${placeOf(keys)} from (${merged}) page ${joined} ${sorted(keys)}`;
  return read(await rows<Row & Placed>(page, bind));
}

/** The parts of a page's statement. */
export type Plan = Readonly<{
  bind: unknown[];
  /** The condition that leads past the cursor, on the columns of the order. */
  beyond(columns: readonly string[]): string[];
  sorted(columns: readonly string[]): string;
  /** What the columns of the order are called in the rows. */
  keys: readonly string[];
  read<Row extends object>(found: (Row & Placed)[]): KeysetPage<Row>;
}>;

/** @throws Invalid for a cursor that is none and must fit */
export function planOf({ order, cursor, descending, bind, size = PAGE_SIZE }: KeysetQuery): Plan {
  const backwards = cursor?.direction === 'before';
  const downwards = descending !== backwards;
  const place = cursor && readCursor(cursor.at, order);
  if (cursor?.mustFit && !place) throw new Invalid({ [cursor.direction]: 'This list has no such place' });
  const values = order.map(({ type }, index) => `$${bind.length + index + 1}::text::${type}`);
  return {
    bind: [...bind, ...(place ?? [])],
    beyond: (columns) => (place ? past(order, columns, values, downwards ? '<' : '>') : []),
    sorted: (columns) =>
      `order by ${columns.map((sql) => `${sql} ${downwards ? 'desc' : 'asc'}`).join(', ')} limit ${size + 1}`,
    keys: order.map((_, index) => `key${index}`),
    read: (found) => pageOf(found, size, backwards, place !== null),
  };
}

/** The condition that leads past a place. */
function past(
  order: readonly KeyColumn[],
  columns: readonly string[],
  values: readonly string[],
  compares: '<' | '>',
): string[] {
  const [column, ...others] = columns;
  const [value, ...rest] = values;
  if (order[0]?.type !== 'citext') return [`(${columns.join(', ')}) ${compares} (${values.join(', ')})`];
  // Addresses are dear to compare. As a row they would be with each entry of the index that is walked past; its beginning
  // alone is not, and what is left is asked of the few that the other conditions leave.
  return [
    `${column} ${compares}= ${value}`,
    `(${column} ${compares} ${value} or (${others.join(', ')}) ${compares} (${rest.join(', ')}))`,
  ];
}

/** The columns of the order, named as keys. */
export function keyed(order: readonly KeyColumn[]): string {
  return order.map(({ sql }, index) => `${sql} as key${index}`).join(', ');
}

/** A row’s place in the list, for a cursor. */
export function placeOf(keys: readonly string[]): string {
  return `json_build_array(${keys.map((key) => `${key}::text`).join(', ')})::text as place`;
}

/** How many rows match, `most + 1` at most. */
export async function countUpTo(
  { from, where, bind, branches = ['true'] }: Pick<KeysetQuery, 'from' | 'where' | 'bind' | 'branches'>,
  most = MOST_COUNTED,
): Promise<number> {
  const walks = branches.map(
    (branch) => `(select from ${from} where ${[...where, branch].join(' and ')} limit ${most + 1})`,
  );
  const [counted] = await rows<{ count: number }>(
    `select least(count(*), ${most + 1})::int as count from (${walks.join(' union all ')}) counted`,
    [...bind],
  );
  return counted?.count ?? 0;
}

/** What a row of a page has besides the columns that were selected. */
export type Placed = { place: string; key0: unknown; key1: unknown; key2: unknown; key3: unknown };

function pageOf<Row extends object>(
  found: (Row & Placed)[],
  size: number,
  backwards: boolean,
  fromSomewhere: boolean,
): KeysetPage<Row> {
  const more = found.length > size;
  const shown = backwards ? found.slice(0, size).reverse() : found.slice(0, size);
  const first = shown.at(0)?.place;
  const last = shown.at(-1)?.place;
  return {
    items: shown.map(
      ({ place: _, key0: _0, key1: _1, key2: _2, key3: _3, ...item }) => item as unknown as Row,
    ),
    before: first && (backwards ? more : fromSomewhere) ? writeCursor(first) : null,
    after: last && (backwards || more) ? writeCursor(last) : null,
  };
}
