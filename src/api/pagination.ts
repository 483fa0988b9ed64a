import type { Request } from 'express';
import type { Cursor, Page } from '../platform/db/paging.ts';
import { InvalidInput } from '../platform/errors.ts';

type CursorQuery = Readonly<{ after?: string | undefined; before?: string | undefined }>;

/** Where a page begins. A program that begins anew without noticing would never end. @throws Invalid for two places */
export function toCursor({ after, before }: CursorQuery): Cursor | null {
  if (after !== undefined && before !== undefined)
    throw new InvalidInput({ before: 'Give “after” or “before”, not both' });
  if (after !== undefined) return { direction: 'after', at: after, strict: true };
  return before === undefined ? null : { direction: 'before', at: before, strict: true };
}

/** A page of a list as programs see it, with the addresses of the pages around it. */
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
