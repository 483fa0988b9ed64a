import type { Request } from 'express';
import type { Cursor } from '../cursor.ts';
import type { KeysetPage } from '../keyset.ts';

/** What is searched for: `?q=`, 100 characters of it. */
export function searchIn(typed: Request['query']): string {
  return one(typed.q).trim().slice(0, 100);
}

/** Where in a list a page begins: `?after=` or `?before=`. */
export function cursorIn(typed: Request['query']): Cursor | null {
  const after = one(typed.after);
  const before = one(typed.before);
  if (after) return { direction: 'after', at: after };
  return before ? { direction: 'before', at: before } : null;
}

/** The addresses of the pages before and after this one, with everything else of its address kept. */
export function pagesAround(
  req: Request,
  { before, after }: Pick<KeysetPage<unknown>, 'before' | 'after'>,
): { previous: string | null; next: string | null } {
  const kept = Object.entries(req.query).filter(
    (pair): pair is [string, string] => !/^(before|after)$/.test(pair[0]) && one(pair[1]) !== '',
  );
  const urlOf = (direction: 'before' | 'after', at: string | null) =>
    at === null
      ? null
      : `${req.baseUrl + (req.path === '/' ? '' : req.path)}?${new URLSearchParams([...kept, [direction, at]])}`;
  return { previous: urlOf('before', before), next: urlOf('after', after) };
}

/** The one value of a parameter; given several times, or not at all, it is empty. */
export function one(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Whether only the part of the page is asked for that changes: by htmx, while somebody types or waits. */
export function isLive(req: Request): boolean {
  return req.get('HX-Request') === 'true';
}
