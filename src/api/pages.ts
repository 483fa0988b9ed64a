import type { Request } from 'express';
import { Invalid } from '../errors.ts';
import type { Cursor, Page } from '../paging.ts';

type Place = Readonly<{ after?: string | undefined; before?: string | undefined }>;

/** Where a page begins. A program that begins anew without noticing would never end. @throws Invalid for two places */
export function cursorOf({ after, before }: Place): Cursor | null {
  if (after !== undefined && before !== undefined)
    throw new Invalid({ before: 'Give “after” or “before”, not both' });
  if (after !== undefined) return { direction: 'after', at: after, strict: true };
  return before === undefined ? null : { direction: 'before', at: before, strict: true };
}

/** A page of a list as programs see it, with the addresses of the pages around it. */
export function tellPage<Row, Item>(req: Request, page: Page<Row>, tell: (row: Row) => Item) {
  return {
    items: page.items.map(tell),
    previous: page.before && addressWith(req, 'before', page.before),
    next: page.after && addressWith(req, 'after', page.after),
  };
}

function addressWith(req: Request, direction: 'before' | 'after', at: string): string {
  const { pathname, searchParams } = new URL(req.originalUrl, 'http://localhost');
  searchParams.delete('before');
  searchParams.delete('after');
  searchParams.set(direction, at);
  return `${pathname}?${searchParams}`;
}
