import type { Request, Response } from 'express';
import { accountOf } from '../accounts/guard.ts';
import { Invalid } from '../errors.ts';
import type { Asked } from '../idempotency.ts';

/** What is asked for, under the key of the program if it gave one. @throws Invalid for what is no key */
export function askedBy(req: Request, res: Response, body: unknown): Asked {
  // With the path: one key for two operations is a mistake.
  return { accountId: accountOf(res).id, key: keyOf(req), request: [req.path, body] };
}

function keyOf(req: Request): string | null {
  const key = req.get('Idempotency-Key');
  if (key === undefined) return null;
  if (/^[\x21-\x7e]{1,200}$/.test(key)) return key;
  throw new Invalid({ 'Idempotency-Key': 'Use 1 to 200 characters without spaces' });
}
