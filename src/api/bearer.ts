import type { Request, Response } from 'express';
import { accountOfToken } from '../accounts/access-token.ts';
import type { Account } from '../accounts/account.ts';
import { type AccountStanding, accountStanding, hasAccess, wardsOf } from '../consent/standing.ts';
import { Forbidden } from '../errors.ts';
import { readSettings } from '../settings.ts';
import { countApiRead, countBadToken, countTry } from '../web/rate-limit.ts';
import type { Who } from './operation.ts';
import { NotSignedIn } from './problems.ts';

const BEARER = /^Bearer +([\w.-]+)$/i;

/** Lets in whoever may ask, as `accountOf(res)`. A cookie counts for nothing here. @throws NotSignedIn, Forbidden, TooManyAttempts */
export async function admit(who: Who, req: Request, res: Response): Promise<void> {
  if (who === 'anyone') return;
  const account = await accountBehind(req);
  if (req.method === 'POST') await countTry('apiWrites', account.id);
  else await countApiRead(account.id);
  if (who === 'member') await requireAccess(account);
  res.locals.account = account;
  if (who !== 'member') await requireRole(account, who);
}

const refusals: Readonly<Partial<Record<AccountStanding, string>>> = {
  held: 'This account is held for review by the alumni office.',
  unknown: 'This account has no known age yet. Sign in with a browser and state the year of birth.',
  blocked: 'The person of this account is too young to take part.',
};

/** Staff rights need no age. @throws Forbidden for whoever has no access as a member, as at every other door */
export async function requireAccess(account: Account): Promise<void> {
  const standing = accountStanding(account, await wardsOf(account.id), await readSettings(), new Date());
  if (hasAccess(standing)) return;
  throw new Forbidden(refusals[standing] ?? 'This account waits for a guardian’s consent.');
}

async function accountBehind(req: Request): Promise<Account> {
  const header = req.get('Authorization');
  if (header === undefined) throw new NotSignedIn('Send a bearer token, see /api/v1/token.');
  const token = BEARER.exec(header)?.[1];
  const account = token === undefined ? null : await accountOfToken(token);
  if (account) return account;
  await countBadToken(req);
  throw new NotSignedIn('This token is not valid, or not any more. Ask for a new one.', 'invalid-token');
}

async function requireRole({ staffRole, twoStepEnabledAt }: Account, who: 'staff' | 'admin'): Promise<void> {
  if (staffRole === null) throw new Forbidden('This is for the alumni office’s staff.');
  if (who === 'admin' && staffRole !== 'admin') throw new Forbidden('This is for administrators.');
  if (twoStepEnabledAt === null && (await readSettings()).twoStepForStaff)
    throw new Forbidden('Staff need two-step sign-in here. Turn it on at /account/two-step first.');
}
