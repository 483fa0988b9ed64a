import type { ErrorRequestHandler } from 'express';
import { recordAccessDenied } from '../accounts/access-denials.ts';
import { actingAs } from '../platform/audit/audit.ts';
import { Forbidden } from '../platform/errors.ts';
import { actorOf } from '../sign-in/guard.ts';

/**
 * Stands behind the staff's door: whoever asks for what isn't theirs, by whatever means, leaves a row in the audit. So does
 * a form whose token is not right, though nobody has looked at the account behind it yet.
 */
export const auditDeniedAccess: ErrorRequestHandler = async (error: unknown, req, res, next) => {
  const accountId = req.session?.passport?.user;
  if (error instanceof Forbidden && accountId !== undefined) {
    const { pathname } = new URL(req.originalUrl, 'http://localhost');
    await recordAccessDenied(actingAs(accountId, actorOf(req, res)), req.method, pathname);
  }
  next(error);
};
