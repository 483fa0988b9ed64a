import type { Request, Response } from 'express';
import passport from 'passport';
import { Strategy } from 'passport-local';
import type { Actor } from '../audit/audit.ts';
import { Invalid } from '../errors.ts';
import { ipOf } from '../web/ip.ts';
import { placeOf } from '../web/rate-limit.ts';
import { referenceOf } from '../web/request-log.ts';
import { leaveSession } from '../web/session.ts';
import { type Account, accountById, noteSignIn } from './account.ts';
import { authenticate, CodeWanted, wrongPair } from './authenticate.ts';
import { rememberInBrowser } from './browser.ts';
import { describeDevice } from './device.ts';
import { actingAs, actorOf } from './guard.ts';
import { takeCode } from './two-step.ts';

declare module 'express-session' {
  interface SessionData {
    /** Whose password was right, and when (ms): what is still wanted is a code. Another password ends it. */
    pendingSignIn: { accountId: string; at: number; passwordChangedAt: number };
    /** When the person last proved who they are (ms), see `requireRecentSignIn`. */
    provenAt: number;
    /** The browser in plain words, see `describeDevice`. */
    device: string;
  }
}

const CODE_WITHIN_MS = 10 * 60 * 1000;

passport.use(
  new Strategy({ usernameField: 'email', passReqToCallback: true }, (req, email, password, done) => {
    const credentials = { email, password, code: typedCode(req) };
    authenticate(credentials, placeOf(req), visitorOf(req)).then((account) => done(null, account), done);
  }),
);
passport.serializeUser((user, done) => done(null, (user as Account).id));

/**
 * Checks the posted `email`, `password` and `code`, and signs in under a new session id.
 * @returns null when a code is still wanted: for ten minutes `finishSignIn` takes it
 */
export async function signIn(req: Request, res: Response): Promise<Account | null> {
  try {
    return await enter(req, res, await accountOfPosted(req, res));
  } catch (error) {
    if (!(error instanceof CodeWanted)) throw error;
    const { id: accountId, passwordChangedAt } = error.account;
    req.session.pendingSignIn = {
      accountId,
      at: Date.now(),
      passwordChangedAt: passwordChangedAt.getTime(),
    };
    return null;
  }
}

/** Whether this visitor's password was right within the last ten minutes, and a code is what is wanted. */
export function codeIsWanted(req: Request): boolean {
  const { pendingSignIn } = req.session;
  return pendingSignIn !== undefined && Date.now() - pendingSignIn.at < CODE_WITHIN_MS;
}

/** Signs in whoever typed a right password and now this code. @throws Invalid, TooManyAttempts */
export async function finishSignIn(req: Request, res: Response, code: string): Promise<Account> {
  const { pendingSignIn: pending } = req.session;
  const account = pending && codeIsWanted(req) ? await accountById(pending.accountId) : null;
  const stillRight =
    account?.suspendedAt === null && account.passwordChangedAt.getTime() === pending?.passwordChangedAt;
  if (!account || !stillRight) {
    delete req.session.pendingSignIn;
    throw new Invalid({ email: 'That took more than ten minutes. Please type your password again' });
  }
  if (account.twoStepEnabledAt !== null)
    await takeCode(account, code, placeOf(req), actingAs(account.id, visitorOf(req)));
  return enter(req, res, account);
}

function accountOfPosted(req: Request, res: Response): Promise<Account> {
  return new Promise<Account>((resolve, reject) => {
    const answer = (error: unknown, user?: Account | false) => {
      if (error) reject(error);
      else if (user) resolve(user);
      else reject(new Invalid(wrongPair));
    };
    passport.authenticate('local', answer)(req, res, reject);
  });
}

function typedCode(req: Request): string | null {
  const typed: unknown = req.body?.code;
  return typeof typed === 'string' && typed.trim() !== '' ? typed.slice(0, 100) : null;
}

function visitorOf(req: Request): Actor {
  return { kind: 'visitor', ip: ipOf(req), requestId: referenceOf(req) };
}

async function enter(req: Request, res: Response, account: Account): Promise<Account> {
  delete req.session.pendingSignIn;
  await beginSession(req, res, account);
  await noteSignIn(account.id, actorOf(req, res));
  return account;
}

/** Signs in an account that has just proven itself, under a new id. What the visitor was doing goes on in the new session. */
export async function beginSession(req: Request, res: Response, account: Account): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    req.login(account, { session: true, keepSessionInfo: true }, (error: unknown) =>
      error ? reject(error) : resolve(),
    );
  });
  delete req.session.csrfToken;
  req.session.startedAt = Date.now();
  req.session.seenAt = Date.now();
  req.session.provenAt = Date.now();
  req.session.device = describeDevice(req.get('User-Agent'));
  rememberInBrowser(account.id, req, res);
  res.locals.account = account;
}

/** Signs in an account that was made this moment, in a session of its own. */
export function beginFirstSession(req: Request, res: Response, account: Account): void {
  leaveSession(req);
  req.session.passport = { user: account.id };
  req.session.provenAt = Date.now();
  req.session.device = describeDevice(req.get('User-Agent'));
  rememberInBrowser(account.id, req, res);
  res.locals.account = account;
}
