import type { Request, RequestHandler, Response } from 'express';
import { type Account, findUnchangedAccount, type StaffRole } from '../accounts/account.ts';
import type { Actor } from '../platform/audit/audit.ts';
import { Forbidden } from '../platform/errors.ts';
import { flash } from '../platform/http/flash.ts';
import { clientIp } from '../platform/http/ip.ts';
import { useLanguage } from '../platform/http/language.ts';
import { referenceOf } from '../platform/http/request-log.ts';
import { saveSession } from '../platform/http/session.ts';
import { t } from '../platform/i18n/i18n.ts';
import { readSettings } from '../settings/settings.ts';
import { isFromAnotherAccount, renderFormFromAnotherAccount, renderSignInRequired } from './pending-form.ts';
import { signInPath } from './return-to.ts';

/** Loads the signed-in account, and ends the session if the account's security state has changed. */
export const loadSignedInAccount: RequestHandler = async (req, res, next) => {
  const { passport } = req.session;
  res.locals.account = passport ? await findUnchangedAccount(passport.user, passport.state) : null;
  useLanguage(findSignedInAccount(res)?.language ?? null, req);
  if (!findSignedInAccount(res)) delete req.session.passport;
  next();
};

export function findSignedInAccount(res: Response): Account | null {
  return res.locals.account ?? null;
}

/** The signed-in account, for routes behind `requireAccount`. */
export function accountOf(res: Response): Account {
  const account = findSignedInAccount(res);
  if (!account) throw new Forbidden(t('sign-in:guard.signInFirst'));
  return account;
}

/**
 * Requires a signed-in account; other visitors sign in first and come back. A form that was sent without a session, or
 * was filled in by another account, is not processed, but its values are kept.
 */
export const requireAccount: RequestHandler = (req, res, next) => {
  const account = findSignedInAccount(res);
  if (req.method !== 'POST') return account ? next() : res.redirect(303, signInPath(req.originalUrl));
  if (!account) return renderSignInRequired(req, res);
  if (isFromAnotherAccount(req, account.id)) return renderFormFromAnotherAccount(req, res);
  next();
};

/** Requires one of these staff roles, and two-step sign-in if the settings demand it. */
export function requireStaff(...roles: StaffRole[]): RequestHandler {
  return async (req, res, next) => {
    const { staffRole: role, twoStepEnabledAt } = accountOf(res);
    if (role === null) throw new Forbidden(t('sign-in:guard.staffOnly'));
    if (!roles.includes(role)) throw new Forbidden(t('sign-in:guard.wrongRole'));
    if (twoStepEnabledAt !== null || !(await readSettings()).twoStepForStaff) return next();
    flash(req, 'notice', t('sign-in:guard.twoStepRequired'));
    await saveSession(req);
    res.redirect(303, '/account/two-step');
  };
}

/** The actor of this request, for the audit. */
export function actorOf(req: Request, res: Response): Actor {
  const origin = { ip: clientIp(req), requestId: referenceOf(req) };
  const account = findSignedInAccount(res);
  if (!account) return { kind: 'visitor', ...origin };
  const apiKeyId = res.locals.apiKey?.id;
  return { kind: 'account', accountId: account.id, ...(apiKeyId && { apiKeyId }), ...origin };
}
