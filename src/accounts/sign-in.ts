import type { Request, Response } from 'express';
import passport from 'passport';
import { Strategy } from 'passport-local';
import { Invalid } from '../errors.ts';
import { normaliseAddress } from '../mail/address.ts';
import { countTry, placeOf, requireTriesLeft } from '../web/rate-limit.ts';
import { leaveSession } from '../web/session.ts';
import { type Account, accountWithAddress, noteSignIn } from './account.ts';
import { actorOf } from './guard.ts';
import { verifyPassword } from './password.ts';

const wrong = { email: 'The address or the password is not right' };

passport.use(
  new Strategy({ usernameField: 'email', passReqToCallback: true }, (req, email, password, done) => {
    authenticate(req, email, password).then((account) => done(null, account), done);
  }),
);
passport.serializeUser((user, done) => done(null, (user as Account).id));

/**
 * Whose address and password these are. An unknown address takes as long as a known one and gives the same answer.
 * Only failures count, for the address at this place and for the place: nobody can lock a person out from elsewhere.
 * @throws Invalid for a wrong pair, TooManyAttempts
 */
async function authenticate(req: Request, typed: string, password: string): Promise<Account> {
  const email = normaliseAddress(typed) ?? '';
  const place = placeOf(req);
  await requireTriesLeft('signInAddress', email, place);
  await requireTriesLeft('signInPlace', place);
  const account = await accountWithAddress(email);
  const right = await verifyPassword(account?.passwordHash ?? null, password);
  if (account && right && account.suspendedAt === null) return account;
  await countTry('signInAddress', email, place);
  await countTry('signInPlace', place);
  throw new Invalid(account && right ? { email: 'This account is suspended. Please contact us' } : wrong);
}

/** Checks the posted `email` and `password` and signs in, under a new session id. */
export async function signIn(req: Request, res: Response): Promise<Account> {
  const account = await new Promise<Account>((resolve, reject) => {
    const answer = (error: unknown, user?: Account | false) => {
      if (error) reject(error);
      else if (user) resolve(user);
      else reject(new Invalid(wrong));
    };
    passport.authenticate('local', answer)(req, res, reject);
  });
  await beginSession(req, res, account);
  await noteSignIn(account.id, actorOf(req, res));
  return account;
}

/** Signs in an account that has just proven itself. What the visitor was doing goes on in the new session. */
async function beginSession(req: Request, res: Response, account: Account): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    req.login(account, { session: true, keepSessionInfo: true }, (error: unknown) =>
      error ? reject(error) : resolve(),
    );
  });
  delete req.session.csrfToken;
  req.session.startedAt = Date.now();
  req.session.seenAt = Date.now();
  res.locals.account = account;
}

/** Signs in an account that was made this moment, in a session of its own. */
export function beginFirstSession(req: Request, res: Response, account: Account): void {
  leaveSession(req);
  req.session.passport = { user: account.id };
  res.locals.account = account;
}
