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

const LINKS = [
  ['invitation', /^\/(register|join|invite)(\/|$)/i],
  ['group', /^\/join-group\/|^\/groups\/\d+\/join$/i],
  ['guardian', /^\/guardian(\/|$)/i],
  ['password', /^\/reset-password(\/|$)/i],
  ['unsubscribe', /^\/unsubscribe(\/|$)/i],
] as const;

/** What the preview of a page is about. It follows from the path alone, so that it can't reveal anything about a person. */
export type PreviewKind = (typeof LINKS)[number][0] | 'site';

function previewKindOf(requestPath: string): PreviewKind {
  return LINKS.find(([, paths]) => paths.test(requestPath))?.[0] ?? 'site';
}

/** Sets what the layout needs, from cached settings, so that requests without a session cost no query. */
export const setLayoutLocals: RequestHandler = (req, res, next) => {
  res.locals.path = req.path;
  res.locals.currentPage = currentPage(req);
  res.locals.previewKind = previewKindOf(req.path);
  res.locals.organisation = organisationOf(getCachedSettings());
  next();
};

/** Replaces the organisation's details with ones that are at most a few seconds old. May cost a query. */
export const refreshLayoutLocals: RequestHandler = async (_req, res, next) => {
  res.locals.organisation = organisationOf(await readCachedSettings());
  next();
};
