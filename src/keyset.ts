import { z } from 'zod';
import { rows } from './database.ts';

/** How many rows a page of a list has. */
export const PAGE_SIZE = 25;
/** Counting stops after so many, so that it stays quick. */
export const MOST_COUNTED = 10_000;

const shapes = {
  timestamptz: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d)?$/,
  text: /^[^\0]{0,500}$/s,
  citext: /^[^\0]{0,254}$/s,
  int: /^-?\d{1,9}$/,
  bigint: /^\d{1,18}$/,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
} as const;

/** A column that a list is ordered by. Its SQL is never null: `coalesce` what may be. */
export type KeyColumn = Readonly<{ sql: string; type: keyof typeof shapes }>;

/** Where the page before or after ends, as the last page said; it may have been typed by anybody. */
export type Cursor = Readonly<{ direction: 'after' | 'before'; at: string }>;

export type KeysetQuery = Readonly<{
  /** The columns to read, with the names that the rows get. */
  select: string;
  /** The tables, joined. */
  from: string;
  /** All must hold; values stand in `bind` as `$1`, `$2` … */
  where: readonly string[];
  bind: readonly unknown[];
  /** Ends with a column that no two rows share. */
  order: readonly KeyColumn[];
  descending: boolean;
  cursor: Cursor | null;
}>;

export type KeysetPage<Row> = Readonly<{
  items: Row[];
  /** The cursors of the pages around this one, null where there is none. */
  before: string | null;
  after: string | null;
}>;

/**
 * One page of a list by keyset: the last page of a million rows costs what the first does, where an index has the
 * order's columns. A cursor that is none leads to the first page.
 */
export async function keysetPage<Row extends object>(query: KeysetQuery): Promise<KeysetPage<Row>> {
  const { order, cursor } = query;
  const backwards = cursor?.direction === 'before';
  const downwards = query.descending !== backwards;
  const place = cursor && readCursor(cursor.at, order);
  const where = [...query.where];
  const bind = [...query.bind];
  if (place) {
    const values = order.map(({ type }, index) => `$${bind.length + index + 1}::text::${type}`);
    where.push(`(${listOf(order)}) ${downwards ? '<' : '>'} (${values.join(', ')})`);
    bind.push(...place);
  }
  const found = await rows<Row & { place: string }>(
    `select ${query.select}, json_build_array(${order.map(({ sql }) => `(${sql})::text`).join(', ')})::text as place
     from ${query.from} where ${where.join(' and ') || 'true'}
     order by ${order.map(({ sql }) => `${sql} ${downwards ? 'desc' : 'asc'}`).join(', ')}
     limit ${PAGE_SIZE + 1}`,
    bind,
  );
  return pageOf(found, backwards, place !== null);
}

const CHUNK = 5_000;

/** All rows that match, in chunks, by a bigint column that no two share: for downloads of any length. */
export async function* everyRow<Row extends object>(
  query: Pick<KeysetQuery, 'select' | 'from' | 'where' | 'bind'> & Readonly<{ id: string }>,
): AsyncGenerator<Row[]> {
  const place = `$${query.bind.length + 1}::bigint`;
  const where = [...query.where, `${query.id} > ${place}`].join(' and ');
  let last = '0';
  for (;;) {
    const chunk = await rows<Row & { place: string }>(
      `select ${query.select}, ${query.id} as place from ${query.from} where ${where}
       order by ${query.id} limit ${CHUNK}`,
      [...query.bind, last],
    );
    if (chunk.length > 0) yield chunk;
    if (chunk.length < CHUNK) return;
    last = chunk.at(-1)?.place ?? last;
  }
}

/** How many rows match, `MOST_COUNTED + 1` at most. */
export async function countUpTo({
  from,
  where,
  bind,
}: Pick<KeysetQuery, 'from' | 'where' | 'bind'>): Promise<number> {
  const [counted] = await rows<{ count: number }>(
    `select count(*)::int as count
     from (select from ${from} where ${where.join(' and ') || 'true'} limit ${MOST_COUNTED + 1}) counted`,
    [...bind],
  );
  return counted?.count ?? 0;
}

/** The pattern for `ilike` that finds a text anywhere. */
export function anywhere(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}

function listOf(order: readonly KeyColumn[]): string {
  return order.map(({ sql }) => sql).join(', ');
}

function pageOf<Row extends object>(
  found: (Row & { place: string })[],
  backwards: boolean,
  fromSomewhere: boolean,
): KeysetPage<Row> {
  const more = found.length > PAGE_SIZE;
  const shown = backwards ? found.slice(0, PAGE_SIZE).reverse() : found.slice(0, PAGE_SIZE);
  const first = shown.at(0)?.place;
  const last = shown.at(-1)?.place;
  return {
    items: shown.map(({ place: _place, ...item }) => item as unknown as Row),
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
    return fits.success && order.every(({ type }, index) => shapes[type].test(fits.data[index] ?? ''))
      ? fits.data
      : null;
  } catch {
    return null;
  }
}
