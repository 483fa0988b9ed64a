import type { ErrorRequestHandler } from 'express';
import { recordAccessDenied } from '../accounts/access-denials.ts';
import { actingAs } from '../platform/audit/audit.ts';
import { Forbidden } from '../platform/errors.ts';
import { actorOf } from '../sign-in/guard.ts';

/**
 * Records an audit event for each 403 below `/admin`. This includes cross-site requests: they are refused before the account
 * is loaded, so its id comes from the session.
 */
export const auditDeniedAccess: ErrorRequestHandler = async (error: unknown, req, res, next) => {
  const accountId = req.session?.passport?.user;
  if (error instanceof Forbidden && accountId !== undefined) {
    const { pathname } = new URL(req.originalUrl, 'http://localhost');
    await recordAccessDenied(actingAs(accountId, actorOf(req, res)), req.method, pathname);
  }
  next(error);
};
