import type { RequestHandler } from 'express';
import { organisationOf } from '../settings/letterhead.ts';
import { getCachedSettings, readCachedSettings } from '../settings/settings.ts';

/** Sets what the layout needs, from cached settings, so that requests without a session cost no query. */
export const setLayoutLocals: RequestHandler = (req, res, next) => {
  res.locals.path = req.path;
  res.locals.organisation = organisationOf(getCachedSettings());
  next();
};

/** Replaces the organisation's details with ones that are at most a few seconds old. May cost a query. */
export const refreshLayoutLocals: RequestHandler = async (_req, res, next) => {
  res.locals.organisation = organisationOf(await readCachedSettings());
  next();
};
