import type { RequestHandler } from 'express';
import { countOpenRequests } from '../invitations/requests/list.ts';

/** How many people wait for an answer stands in the navigation, on every page. */
export const loadOpenRequestCount: RequestHandler = async (req, res, next) => {
  const count = req.method === 'GET' ? await countOpenRequests() : 0;
  res.locals.openRequests = count > 99 ? '99+' : count;
  next();
};
