import type { Request } from 'express';
import type { Cursor, Page } from '../platform/db/paging.ts';
import { InvalidInput } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';

type CursorQuery = Readonly<{ after?: string | undefined; before?: string | undefined }>;

/**
 * Reads the cursor. It is strict: falling back to the first page would send a client into an endless loop.
 * @throws InvalidInput
 */
export function toCursor({ after, before }: CursorQuery): Cursor | null {
  if (after !== undefined && before !== undefined)
    throw new InvalidInput({ before: t('api:errors.oneCursor') });
  if (after !== undefined) return { direction: 'after', position: after, strict: true };
  return before === undefined ? null : { direction: 'before', position: before, strict: true };
}

/** Formats one page of a list, with the URLs of the previous and next page. */
export function toPage<Row, Item>(req: Request, page: Page<Row>, toItem: (row: Row) => Item) {
  return {
    items: page.items.map(toItem),
    previous: page.before && pageUrl(req, 'before', page.before),
    next: page.after && pageUrl(req, 'after', page.after),
  };
}

function pageUrl(req: Request, direction: 'before' | 'after', at: string): string {
  const { pathname, searchParams } = new URL(req.originalUrl, 'http://localhost');
  searchParams.delete('before');
  searchParams.delete('after');
  searchParams.set(direction, at);
  return `${pathname}?${searchParams}`;
}
