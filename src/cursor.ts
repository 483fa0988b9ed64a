import { z } from 'zod';

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

/** A cursor’s `at` for a place, as JSON. */
export function writeCursor(place: string): string {
  return Buffer.from(place).toString('base64url');
}

/** The values of a place, one for each column; null for what is no place of this order. */
export function readCursor(text: string, order: readonly KeyColumn[]): string[] | null {
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
