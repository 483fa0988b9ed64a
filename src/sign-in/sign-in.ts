import type { Request, Response } from 'express';
import passport from 'passport';
import { Strategy } from 'passport-local';
import { type Account, findUnchangedAccount, recordSignIn, securityStateOf } from '../accounts/account.ts';
import { authenticate, TwoStepCodeRequired, WrongCredentials } from '../accounts/authenticate.ts';
import { describeDevice } from '../accounts/device.ts';
import { verifyTwoStepCode } from '../accounts/two-step.ts';
import type { Actor } from '../platform/audit/audit.ts';
import { actingAs } from '../platform/audit/audit.ts';
import { InvalidInput } from '../platform/errors.ts';
import { clientNetwork } from '../platform/http/client-network.ts';
import { clientIp } from '../platform/http/ip.ts';
import { referenceOf } from '../platform/http/request-log.ts';
import { forkVisitorSession, rotateSessionId, setStaysSignedIn } from '../platform/http/session.ts';
import { t } from '../platform/i18n/i18n.ts';
import { cut } from '../platform/text/text.ts';
import { actorOf } from './guard.ts';
import { rememberAccountInBrowser } from './known-browser.ts';

const CODE_TIMEOUT_MS = 10 * 60 * 1000;

passport.use(
  new Strategy({ usernameField: 'email', passReqToCallback: true }, (req, email, password, done) => {
    const credentials = { email, password, code: readCode(req) };
    authenticate(credentials, clientNetwork(req), visitorActor(req)).then(
      (account) => done(null, account),
      done,
    );
  }),
);
passport.serializeUser((user, done) => done(null, user.id));

/**
 * Checks the posted `email`, `password` and `code`, and signs in under a new session id. `stays` is whether the person
 * chose to stay signed in.
 * @returns null if a code is still needed: `finishSignIn` accepts it for ten minutes
 */
export async function signIn(req: Request, res: Response, stays: boolean): Promise<Account | null> {
  try {
    return await completeSignIn(req, res, await authenticateRequest(req, res), stays);
  } catch (error) {
    if (!(error instanceof TwoStepCodeRequired)) throw error;
    const { account } = error;
    const state = securityStateOf(account);
    req.session.pendingSignIn = { accountId: account.id, at: Date.now(), state, stays };
    return null;
  }
}

/** Whether this visitor entered the right password in the last ten minutes and still needs a code. */
export function isCodeRequired(req: Request): boolean {
  const { pendingSignIn } = req.session;
  return pendingSignIn !== undefined && Date.now() - pendingSignIn.at < CODE_TIMEOUT_MS;
}

/** Completes a sign-in with the two-step code. @throws InvalidInput, TooManyAttempts */
export async function finishSignIn(req: Request, res: Response, code: string): Promise<Account> {
  const pending = isCodeRequired(req) ? req.session.pendingSignIn : undefined;
  const account = pending ? await findUnchangedAccount(pending.accountId, pending.state) : null;
  if (!account) {
    delete req.session.pendingSignIn;
    throw new InvalidInput({
      email: pending ? t('sign-in:signIn.accountChanged') : t('sign-in:signIn.codeTooLate'),
    });
  }
  if (account.twoStepEnabledAt !== null)
    await verifyTwoStepCode(account, code, clientNetwork(req), actingAs(account.id, visitorActor(req)));
  return completeSignIn(req, res, account, pending?.stays === true);
}

function authenticateRequest(req: Request, res: Response): Promise<Account> {
  return new Promise<Account>((resolve, reject) => {
    const callback = (error: unknown, user?: Account | false) => {
      if (error) reject(error);
      else if (user) resolve(user);
      else reject(new WrongCredentials());
    };
    passport.authenticate('local', callback)(req, res, reject);
  });
}

function readCode(req: Request): string | null {
  const typed: unknown = req.body?.code;
  return typeof typed === 'string' && typed.trim() !== '' ? cut(typed, 100) : null;
}

function visitorActor(req: Request): Actor {
  return { kind: 'visitor', ip: clientIp(req), requestId: referenceOf(req) };
}

async function completeSignIn(
  req: Request,
  res: Response,
  account: Account,
  stays: boolean,
): Promise<Account> {
  delete req.session.pendingSignIn;
  await beginSession(req, res, account);
  setStaysSignedIn(req, mayStaySignedIn(account) && stays);
  await recordSignIn(account.id, actorOf(req, res));
  return account;
}

/**
 * Signs in an account under a new session id and keeps the visitor's session data.
 * @param account as it was read to check the credentials: if it has changed since, the new session is already invalid
 */
export async function beginSession(req: Request, res: Response, account: Account): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    req.login(account, { session: true, keepSessionInfo: true }, (error: unknown) =>
      error ? reject(error) : resolve(),
    );
  });
  setSessionAccount(account, req, res);
  rememberAccountInBrowser(account.id, req, res);
  req.session.startedAt = Date.now();
  req.session.seenAt = Date.now();
  req.session.authenticatedAt = Date.now();
  req.session.device = describeDevice(req.get('User-Agent'));
}

/**
 * Continues this session under a new id after it changed its own account. Does nothing if the security state is
 * unchanged.
 * @param account the updated account: see `lockUnchangedAccount`
 */
export async function continueSession(req: Request, res: Response, account: Account): Promise<void> {
  if (req.session.passport?.state === securityStateOf(account)) return;
  await rotateSessionId(req);
  setSessionAccount(account, req, res);
}

/** Signs in a newly created account, in a session of its own. `stays` as in `signIn`. */
export function beginFirstSession(req: Request, res: Response, account: Account, stays: boolean): void {
  forkVisitorSession(req);
  setStaysSignedIn(req, mayStaySignedIn(account) && stays);
  setSessionAccount(account, req, res);
  rememberAccountInBrowser(account.id, req, res);
  req.session.authenticatedAt = Date.now();
  req.session.device = describeDevice(req.get('User-Agent'));
}

/** Staff see other people's data, so their sessions stay short. */
function mayStaySignedIn({ staffRole }: Account): boolean {
  return staffRole === null;
}

function setSessionAccount(account: Account, req: Request, res: Response): void {
  req.session.passport = { user: account.id, state: securityStateOf(account) };
  res.locals.account = account;
}
