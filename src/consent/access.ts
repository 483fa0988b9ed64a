import type { RequestHandler, Response } from 'express';
import { accountOf } from '../accounts/guard.ts';
import { readSettings } from '../settings.ts';
import { accountStanding, hasAccess, type Ward, wardsOf } from './standing.ts';

/** Only for members who have access now; everybody else is shown what they wait for. */
export const requireAccess: RequestHandler = async (_req, res, next) => {
  const account = accountOf(res);
  const wards = await wardsOf(account.id);
  res.locals.wards = wards;
  const standing = accountStanding(account, wards, await readSettings(), new Date());
  if (hasAccess(standing)) return next();
  res.redirect(303, standing === 'unknown' ? '/home/year-of-birth' : '/waiting');
};

/** The profiles that `requireAccess` has read. */
export function wardsOnPage(res: Response): Ward[] {
  return res.locals.wards ?? [];
}
