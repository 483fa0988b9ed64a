import type { RequestHandler, Response } from 'express';
import {
  accountAccessOf,
  hasAccess,
  listProfileAccess,
  type ProfileAccess,
} from '../consents/profile-access.ts';
import { readSettings } from '../settings/settings.ts';
import { accountOf } from '../sign-in/guard.ts';

/** Requires access. Others are redirected to the page that explains what is missing. */
export const requireAccess: RequestHandler = async (_req, res, next) => {
  const account = accountOf(res);
  const profiles = await listProfileAccess(account.id);
  res.locals.profileAccess = profiles;
  const access = accountAccessOf(account, profiles, await readSettings(), new Date());
  if (hasAccess(access)) return next();
  res.redirect(303, access === 'age-unknown' ? '/home/year-of-birth' : '/waiting');
};

/** The profiles that `requireAccess` loaded. */
export function currentProfileAccess(res: Response): ProfileAccess[] {
  return res.locals.profileAccess ?? [];
}
