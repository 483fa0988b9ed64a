import type { Request } from 'express';
import type { Cursor, Page } from '../db/paging.ts';
import { normaliseSearch } from '../text/text.ts';

/** Untrusted query parameters or form fields. */
export type QueryInput = Readonly<Record<string, unknown>>;

/** Parses `?q=`, at most 100 characters. */
export function parseSearch(input: QueryInput): string {
  return normaliseSearch(singleParam(input.q));
}

/** Parses the cursor from `?after=` or `?before=`. */
export function parseCursor(input: QueryInput): Cursor | null {
  const after = singleParam(input.after);
  const before = singleParam(input.before);
  if (after) return { direction: 'after', position: after };
  return before ? { direction: 'before', position: before } : null;
}

/** The URLs of the previous and next page, with all other query parameters kept. */
export function pageLinks(
  req: Request,
  { before, after }: Pick<Page<unknown>, 'before' | 'after'>,
): { previous: string | null; next: string | null } {
  return {
    previous: before && urlWith(req, { before }),
    next: after && urlWith(req, { after }),
  };
}

/** A suggested spelling of the search, and the URL of the list with it. */
export type SpellingSuggestion = Readonly<{ spelling: string; url: string }>;

export function toSpellingSuggestion(req: Request, spelling: string | null): SpellingSuggestion | null {
  return spelling === null ? null : { spelling, url: urlWith(req, { q: spelling }) };
}

/** The request's URL with some query parameters replaced, and the cursor removed unless it is one of them. */
function urlWith(req: Request, changed: Readonly<Record<string, string>>): string {
  const { before: _before, after: _after, ...others } = req.query;
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...others, ...changed }))
    if (singleParam(value) !== '') parameters.set(name, singleParam(value));
  return `${req.baseUrl + (req.path === '/' ? '' : req.path)}?${parameters}`;
}

/** A parameter's single value; empty if it is missing or repeated. */
export function singleParam(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Whether htmx requests a fragment of the page. */
export function isHtmxRequest(req: Request): boolean {
  return req.get('HX-Request') === 'true';
}
