import type { RequestHandler, Response } from 'express';
import { accountOf } from '../accounts/guard.ts';
import { readSettings } from '../settings.ts';
import { accountAccessOf, hasAccess, listProfileAccess, type ProfileAccess } from './standing.ts';

/** Only for members who have access now; everybody else is shown what they wait for. */
export const requireAccess: RequestHandler = async (_req, res, next) => {
  const account = accountOf(res);
  const profiles = await listProfileAccess(account.id);
  res.locals.profileAccess = profiles;
  const access = accountAccessOf(account, profiles, await readSettings(), new Date());
  if (hasAccess(access)) return next();
  res.redirect(303, access === 'unknown' ? '/home/year-of-birth' : '/waiting');
};

/** The profiles that `requireAccess` has read. */
export function currentProfileAccess(res: Response): ProfileAccess[] {
  return res.locals.profileAccess ?? [];
}
