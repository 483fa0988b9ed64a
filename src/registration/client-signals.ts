import type { Request } from 'express';
import type { ClientSignals } from '../invitations/opens/client-signals.ts';

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
