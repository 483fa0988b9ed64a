import type { Request, RequestHandler } from 'express';
import { organisationOf } from '../settings/letterhead.ts';
import { getCachedSettings, readCachedSettings } from '../settings/settings.ts';
import { parseLocalPath, referrerPath } from '../sign-in/return-to.ts';

// A secret link in the path, as in `/invite/:token`.
const SECRET = /[\w-]{60}/;

/**
 * Where the language switch leads back to: this page, or the page of the form that was sent. Empty for a secret link, which
 * isn't repeated in pages; the browser names it as the referrer.
 */
function currentPage(req: Request): string {
  const path = parseLocalPath(req.method === 'GET' ? req.originalUrl : referrerPath(req));
  return path === null || SECRET.test(path) ? '' : path;
}

/** Sets what the layout needs, from cached settings, so that requests without a session cost no query. */
export const setLayoutLocals: RequestHandler = (req, res, next) => {
  res.locals.path = req.path;
  res.locals.currentPage = currentPage(req);
  res.locals.organisation = organisationOf(getCachedSettings());
  next();
};

/** Replaces the organisation's details with ones that are at most a few seconds old. May cost a query. */
export const refreshLayoutLocals: RequestHandler = async (_req, res, next) => {
  res.locals.organisation = organisationOf(await readCachedSettings());
  next();
};
