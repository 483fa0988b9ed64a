import type { Request } from 'express';
import type { Cursor, Page } from '../db/paging.ts';

/** The fields of an address or a form, as somebody may have typed them. */
export type QueryInput = Readonly<Record<string, unknown>>;

/** What is searched for: `?q=`, 100 characters of it. */
export function parseSearch(input: QueryInput): string {
  return singleParam(input.q).trim().slice(0, 100);
}

/** Where in a list a page begins: `?after=` or `?before=`. */
export function parseCursor(input: QueryInput): Cursor | null {
  const after = singleParam(input.after);
  const before = singleParam(input.before);
  if (after) return { direction: 'after', position: after };
  return before ? { direction: 'before', position: before } : null;
}

/** The addresses of the pages before and after this one, with everything else of its address kept. */
export function pageLinks(
  req: Request,
  { before, after }: Pick<Page<unknown>, 'before' | 'after'>,
): { previous: string | null; next: string | null } {
  return {
    previous: before && urlWith(req, { before }),
    next: after && urlWith(req, { after }),
  };
}

/** Another spelling of what was searched for, and the address of the list with it. */
export type SpellingSuggestion = Readonly<{ spelling: string; url: string }>;

export function toSpellingSuggestion(req: Request, spelling: string | null): SpellingSuggestion | null {
  return spelling === null ? null : { spelling, url: urlWith(req, { q: spelling }) };
}

/** The address of the list with some parameters replaced; without a cursor among them it is the first page. */
function urlWith(req: Request, changed: Readonly<Record<string, string>>): string {
  const { before: _before, after: _after, ...kept } = { ...req.query, ...changed };
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...kept, ...changed }))
    if (singleParam(value) !== '') parameters.set(name, singleParam(value));
  return `${req.baseUrl + (req.path === '/' ? '' : req.path)}?${parameters}`;
}

/** The one value of a parameter; given several times, or not at all, it is empty. */
export function singleParam(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Whether only the part of the page is asked for that changes: by htmx, while somebody types or waits. */
export function isHtmxRequest(req: Request): boolean {
  return req.get('HX-Request') === 'true';
}
