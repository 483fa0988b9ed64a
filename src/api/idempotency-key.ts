import type { Request, Response } from 'express';
import type { IdempotencyContext } from '../platform/db/idempotency.ts';
import { InvalidInput } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { accountOf } from '../sign-in/guard.ts';

/** Identifies a request by account, path, body and `Idempotency-Key` header. @throws InvalidInput for a malformed key */
export function idempotencyContext(req: Request, res: Response, body: unknown): IdempotencyContext {
  // The path is included because using one key for two operations is a mistake.
  return { accountId: accountOf(res).id, key: readIdempotencyKey(req), request: [req.path, body] };
}

function readIdempotencyKey(req: Request): string | null {
  const key = req.get('Idempotency-Key');
  if (key === undefined) return null;
  if (/^[\x21-\x7e]{1,200}$/.test(key)) return key;
  throw new InvalidInput({ 'Idempotency-Key': t('api:errors.idempotencyKey') });
}
