import { z } from 'zod';
import { rows } from './database.ts';
import { Invalid } from './errors.ts';

/** How many rows a page of a list has. */
export const PAGE_SIZE = 25;
/** Counting stops after so many, so that it stays quick. */
export const MOST_COUNTED = 10_000;

const shapes = {
  timestamptz:
    /^[1-9]\d{3}-\d\d-\d\d ([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?[+-](0\d|1[0-4])(:[0-5]\d)?$/,
  text: /^[^\0]{0,500}$/s,
  citext: /^[^\0]{0,254}$/s,
  int: /^-?\d{1,9}$/,
  bigint: /^\d{1,18}$/,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
} as const;

/** A column that a list is ordered by. Its SQL is never null: `coalesce` what may be. */
export type KeyColumn = Readonly<{ sql: string; type: keyof typeof shapes }>;

/** Where the page before or after ends, as the last page said; it may have been typed by anybody. */
export type Cursor = Readonly<{
  direction: 'after' | 'before';
  at: string;
  /** Whether a place that this list doesn't have is refused, instead of leading to the first page. */
  mustFit?: boolean;
}>;

export type KeysetQuery = Readonly<{
  /** The columns to read, with the names that the rows get. */
  select: string;
  /** The tables, joined. */
  from: string;
  /** More to join to the rows of the page, and to none that are walked past: `from` is one table then, as `table alias`. */
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
  const { order, cursor, branches = ['true'], size = PAGE_SIZE } = query;
  const backwards = cursor?.direction === 'before';
  const downwards = query.descending !== backwards;
  const place = cursor && readCursor(cursor.at, order);
  if (cursor?.mustFit && !place) throw new Invalid({ [cursor.direction]: 'This list has no such place' });
  const where = [...query.where];
  const bind = [...query.bind];
  if (place) {
    const values = order.map(({ type }, index) => `$${bind.length + index + 1}::text::${type}`);
    where.push(`(${listOf(order)}) ${downwards ? '<' : '>'} (${values.join(', ')})`);
    bind.push(...place);
  }
  const sorted = (columns: readonly string[]) =>
    `order by ${columns.map((sql) => `${sql} ${downwards ? 'desc' : 'asc'}`).join(', ')} limit ${size + 1}`;
  const keys = order.map((_, index) => `key${index}`);
  const alias = query.from.split(' ').at(-1);
  const walks = branches.map(
    (branch) =>
      `(select ${query.joined === undefined ? query.select : `${alias}.*`},
        ${order.map(({ sql }, index) => `${sql} as key${index}`).join(', ')}
      from ${query.from} where ${[...where, branch].join(' and ')} ${sorted(order.map(({ sql }) => sql))})`,
  );
  const [walk = ''] = walks;
  const merged =
    walks.length === 1 ? walk : `select * from (${walks.join(' union all ')}) merged ${sorted(keys)}`;
  // Places are told for the rows of the page alone: the planner would compute them before it sorts.
  const placed = `json_build_array(${keys.map((key) => `${key}::text`).join(', ')})::text as place`;
  const page =
    query.joined === undefined
      ? `select *, ${placed} from (${merged}) page ${sorted(keys)}`
      : `select ${query.select}, ${placed} from (${merged}) ${alias} ${query.joined} ${sorted(keys)}`;
  return pageOf(await rows<Row & Placed>(page, bind), size, backwards, place !== null);
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

/** The pattern for `ilike` that finds a text anywhere. */
export function anywhere(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}

/**
 * The condition that `parts` (a text with a trigram index) holds `search`. Fewer than three characters have no trigram:
 * they are the beginning of `address`, a citext. Values are added to `bind`.
 */
export function holdsPart(parts: string, address: string, search: string, bind: unknown[]): string {
  if (search.length >= 3) {
    bind.push(anywhere(search));
    return `${parts} ilike $${bind.length}`;
  }
  bind.push(search, `${search}\u{10ffff}`);
  return `${address} >= $${bind.length - 1}::citext and ${address} < $${bind.length}::citext`;
}

function listOf(order: readonly KeyColumn[]): string {
  return order.map(({ sql }) => sql).join(', ');
}

type Placed = { place: string; key0: unknown; key1: unknown; key2: unknown };

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
    items: shown.map(({ place: _, key0: _0, key1: _1, key2: _2, ...item }) => item as unknown as Row),
    before: first && (backwards ? more : fromSomewhere) ? writeCursor(first) : null,
    after: last && (backwards || more) ? writeCursor(last) : null,
  };
}

function writeCursor(place: string): string {
  return Buffer.from(place).toString('base64url');
}

function readCursor(text: string, order: readonly KeyColumn[]): string[] | null {
  try {
    const place: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    const fits = z.array(z.string()).length(order.length).safeParse(place);
    return fits.success && order.every(({ type }, index) => isOf(type, fits.data[index] ?? ''))
      ? fits.data
      : null;
  } catch {
    return null;
  }
}

function isOf(type: KeyColumn['type'], text: string): boolean {
  return shapes[type].test(text) && (type !== 'timestamptz' || isDay(text.slice(0, 10)));
}

/** Whether "2026-02-28" is a day of the calendar. */
export function isDay(text: string): boolean {
  const date = new Date(text);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
