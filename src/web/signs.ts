import type { Request } from 'express';

/** What a request shows of who sent it: a person's browser, or a program. Judged at once and not kept. */
export type ClientSignals = Readonly<{
  method: string;
  userAgent: string;
  /** Whether it says which languages are understood, as every browser does. */
  hasAcceptLanguage: boolean;
  /** Whether it says that nobody looks at it yet. */
  isPrefetch: boolean;
  /** What the browser says that the page is for; null where it says nothing of the kind. */
  fetchMode: string | null;
  fetchDest: string | null;
}>;

export function readClientSignals(req: Request): ClientSignals {
  const purpose = [req.get('Sec-Purpose'), req.get('Purpose'), req.get('X-Moz')].join(' ');
  return {
    method: req.method,
    userAgent: (req.get('User-Agent') ?? '').slice(0, 1000),
    hasAcceptLanguage: (req.get('Accept-Language') ?? '') !== '',
    isPrefetch: /prefetch|preview|prerender/i.test(purpose),
    fetchMode: req.get('Sec-Fetch-Mode') ?? null,
    fetchDest: req.get('Sec-Fetch-Dest') ?? null,
  };
}
