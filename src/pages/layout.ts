import type { RequestHandler } from 'express';
import { organisationOf } from '../settings/letterhead.ts';
import { getCachedSettings, readCachedSettings } from '../settings/settings.ts';

/** What the layout of every page shows, from the settings as last read: this costs no query. */
export const setLayoutLocals: RequestHandler = (req, res, next) => {
  res.locals.path = req.path;
  res.locals.organisation = organisationOf(getCachedSettings());
  next();
};

/** The same for pages that may cost a query: the settings are at most a few seconds old. */
export const refreshLayoutLocals: RequestHandler = async (_req, res, next) => {
  res.locals.organisation = organisationOf(await readCachedSettings());
  next();
};
