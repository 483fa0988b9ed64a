import { z } from 'zod';
import { InvalidInput } from '../errors.ts';
import { t } from '../i18n/i18n.ts';
import { UUID_PATTERN } from '../text/text.ts';
import { queryRows } from './database.ts';

/** Rows per page of a list. */
export const PAGE_SIZE = 25;
/** Counting stops here, to stay fast. */
const COUNT_CAP = 10_000;

const valuePatterns = {
  timestamptz:
    /^[1-9]\d{3}-\d\d-\d\d ([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?[+-](0\d|1[0-4])(:[0-5]\d)?$/,
  text: /^[^\0]{0,500}$/s,
  citext: /^[^\0]{0,254}$/s,
  int: /^-?\d{1,9}$/,
  bigint: /^\d{1,18}$/,
  uuid: UUID_PATTERN,
} as const;

/** An SQL expression to sort by. It must never be null: use `coalesce` if necessary. */
export type SortKey = Readonly<{ sql: string; type: keyof typeof valuePatterns }>;

/** Where a page begins: `position` comes from a previous page's `before` or `after`, but is untrusted input. */
export type Cursor = Readonly<{
  direction: 'after' | 'before';
  position: string;
  /** Throw for a cursor of another list or order, instead of returning the first page. */
  strict?: boolean;
}>;

/** Builds a `where` clause from conditions joined by `and`, with values bound as `$1`, `$2` … */
export class Conditions {
  readonly where: string[] = [];
  readonly bind: unknown[] = [];

  /** Adds a condition; each `?` is replaced by the placeholder of the next value. */
  and(condition: string, ...values: readonly unknown[]): this {
    let next = 0;
    this.where.push(condition.replace(/\?/g, () => this.bindValue(values[next++])));
    return this;
  }

  /** Binds a value. @returns its placeholder */
  bindValue(value: unknown): string {
    return `$${this.bind.push(value)}`;
  }

  /** The combined condition, without `where`. */
  get sql(): string {
    return this.where.join(' and ') || 'true';
  }
}

export type PageQuery = Readonly<{
  /** The select list. */
  select: string;
  /** The from clause. */
  from: string;
  conditions: Conditions;
  /** The last key must be unique. */
  order: readonly SortKey[];
  descending?: boolean;
  cursor: Cursor | null;
  size?: number;
}>;

export type Page<Row> = Readonly<{
  items: Row[];
  /** The cursors of the previous and next page, or null. */
  before: string | null;
  after: string | null;
}>;

/**
 * Reads one page by keyset: with an index on the sort keys, the last page costs as much as the first.
 * @throws InvalidInput for an invalid strict cursor
 */
export async function readPage<Row extends object>(query: PageQuery): Promise<Page<Row>> {
  const { select, from, conditions, order, descending = false, cursor, size = PAGE_SIZE } = query;
  const cursorKeys = cursor && parseCursorKeys(cursor, order);
  const isBackwards = cursorKeys !== null && cursor?.direction === 'before';
  const isDescending = descending !== isBackwards;
  const keys = order.map((_, index) => `key${index}`);
  const orderBy = (columns: readonly string[]) =>
    columns.map((column) => `${column}${isDescending ? ' desc' : ''}`).join(', ');
  const bind = [...conditions.bind, ...(cursorKeys ?? [])];
  const keyset =
    cursorKeys === null ? [] : [keysetCondition(order, conditions.bind.length, isDescending ? '<' : '>')];
  const found = await queryRows<Row & { cursor: string }>(
    `select *, json_build_array(${keys.map((key) => `${key}::text`).join(', ')})::text as cursor from (
       select ${select}, ${order.map(({ sql }, index) => `${sql} as ${keys[index]}`).join(', ')}
       from ${from} where ${[conditions.sql, ...keyset].join(' and ')}
       order by ${orderBy(order.map(({ sql }) => sql))} limit ${size + 1}) page
     order by ${orderBy(keys)}`,
    bind,
  );
  const hasMore = found.length > size;
  const shown = isBackwards ? found.slice(0, size).reverse() : found.slice(0, size);
  const first = shown.at(0)?.cursor;
  const last = shown.at(-1)?.cursor;
  return {
    items: shown.map((row) => stripSortKeys(row, keys)),
    before: first && (isBackwards ? hasMore : cursorKeys !== null) ? encodeCursor(first) : null,
    after: last && (isBackwards || hasMore) ? encodeCursor(last) : null,
  };
}

/** Counts matching rows, up to `cap + 1`. */
export async function countUpTo(from: string, conditions: Conditions, cap = COUNT_CAP): Promise<number> {
  const [counted] = await queryRows<{ count: number }>(
    `select count(*)::int as count from (select from ${from} where ${conditions.sql} limit ${cap + 1}) counted`,
    conditions.bind,
  );
  return counted?.count ?? 0;
}

/** Lists a column's distinct values in order, with a loose index scan: the column needs an index. */
export async function listDistinctValues(table: string, column: string, limit = 300): Promise<string[]> {
  const next = (after: string) =>
    `(select t.${column} as value from ${table} t where t.${column} ${after} order by t.${column} limit 1)`;
  const found = await queryRows<{ value: string }>(
    `with recursive seen as (
       ${next('is not null')} union all select next.value from seen cross join lateral ${next('> seen.value')} next)
     select value::text as value from seen limit ${limit}`,
  );
  return found.map(({ value }) => value);
}

/** A day of the years 1900 to 2199, such as `2026-11-30`; null for anything else. */
export function parseDay(text: string): string | null {
  return /^(19|20|21)\d\d-\d\d-\d\d$/.test(text) && isCalendarDate(text) ? text : null;
}

/** Whether a text such as `2026-02-28` is an existing date. */
function isCalendarDate(text: string): boolean {
  const date = new Date(text);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function keysetCondition(order: readonly SortKey[], bound: number, comparison: '<' | '>'): string {
  const columns = order.map(({ sql }) => sql).join(', ');
  const values = order.map(({ type }, index) => `$${bound + index + 1}::text::${type}`).join(', ');
  return `(${columns}) ${comparison} (${values})`;
}

function parseCursorKeys(
  { position, direction, strict }: Cursor,
  order: readonly SortKey[],
): string[] | null {
  const values = z.array(z.string()).length(order.length).safeParse(decodeCursor(position));
  if (values.success && order.every(({ type }, index) => isValidKey(type, values.data[index] ?? '')))
    return values.data;
  if (strict) throw new InvalidInput({ [direction]: t('api:errors.cursor') });
  return null;
}

function isValidKey(type: SortKey['type'], text: string): boolean {
  return valuePatterns[type].test(text) && (type !== 'timestamptz' || isCalendarDate(text.slice(0, 10)));
}

function encodeCursor(values: string): string {
  return Buffer.from(values).toString('base64url');
}

function decodeCursor(position: string): unknown {
  try {
    return JSON.parse(Buffer.from(position, 'base64url').toString());
  } catch {
    return null;
  }
}

function stripSortKeys<Row extends object>(row: Row & { cursor: string }, keys: readonly string[]): Row {
  const kept = Object.entries(row).filter(([name]) => name !== 'cursor' && !keys.includes(name));
  return Object.fromEntries(kept) as Row;
}
