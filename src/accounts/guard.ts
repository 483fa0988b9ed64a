import type { Request, RequestHandler, Response } from 'express';
import type { Actor } from '../audit/audit.ts';
import { Forbidden } from '../errors.ts';
import { readSettings } from '../settings.ts';
import { flash } from '../web/flash.ts';
import { ipOf } from '../web/ip.ts';
import { referenceOf } from '../web/request-log.ts';
import { saveSession } from '../web/session.ts';
import { type Account, accountInState, type StaffRole } from './account.ts';
import { askToSignIn, isOfAnother, refuseOfAnother } from './pending.ts';
import { signInPath } from './return-to.ts';

/** Compares the account at each request with the state its session was given for: another one has ended the session. */
export const currentAccount: RequestHandler = async (req, res, next) => {
  const { passport } = req.session;
  res.locals.account = passport ? await accountInState(passport.user, passport.state) : null;
  if (!signedIn(res)) delete req.session.passport;
  next();
};

export function signedIn(res: Response): Account | null {
  return res.locals.account ?? null;
}

/** The account behind `requireAccount`. */
export function accountOf(res: Response): Account {
  const account = signedIn(res);
  if (!account) throw new Forbidden('Please sign in first.');
  return account;
}

/**
 * Only for people with an account; others sign in first and come back. A form that comes without a session, or that another
 * account filled in, is not carried out and not lost either.
 */
export const requireAccount: RequestHandler = (req, res, next) => {
  const account = signedIn(res);
  if (req.method !== 'POST') return account ? next() : res.redirect(303, signInPath(req.originalUrl));
  if (!account) return askToSignIn(req, res);
  if (isOfAnother(req, account.id)) return refuseOfAnother(req, res);
  next();
};

/** Only for staff of one of these roles, and with two-step sign-in where the settings ask for it. */
export function requireStaff(...roles: StaffRole[]): RequestHandler {
  return async (req, res, next) => {
    const { staffRole: role, twoStepEnabledAt } = accountOf(res);
    if (role === null) throw new Forbidden('These pages are for the alumni office’s staff.');
    if (!roles.includes(role))
      throw new Forbidden('Your role doesn’t include this. An administrator can do it for you.');
    if (twoStepEnabledAt !== null || !(await readSettings()).twoStepForStaff) return next();
    flash(req, 'notice', 'Staff need two-step sign-in here. Please turn it on first.');
    await saveSession(req);
    res.redirect(303, '/account/two-step');
  };
}

/** Who acts in this request, for the audit. */
export function actorOf(req: Request, res: Response): Actor {
  const place = { ip: ipOf(req), requestId: referenceOf(req) };
  const account = signedIn(res);
  return account ? { kind: 'account', accountId: account.id, ...place } : { kind: 'visitor', ...place };
}

/** The same actor, once the visitor has turned out to be this account. */
export function actingAs(accountId: string, visitor: Actor): Actor {
  const place = 'ip' in visitor ? visitor : { ip: null, requestId: null };
  return { kind: 'account', accountId, ip: place.ip, requestId: place.requestId };
}
