import type { Request, Response } from 'express';
import { findAccountByToken } from '../accounts/access-token.ts';
import type { Account } from '../accounts/account.ts';
import {
  type AccountAccess,
  accountAccessOf,
  hasAccess,
  listProfileAccess,
} from '../consents/profile-access.ts';
import { consumeAttempt, recordApiRead, recordInvalidToken } from '../platform/db/rate-limit.ts';
import { Forbidden } from '../platform/errors.ts';
import { clientNetwork } from '../platform/http/client-network.ts';
import { readSettings } from '../settings/settings.ts';
import type { Permission } from './operation.ts';
import { NotSignedIn } from './problems.ts';

const BEARER = /^Bearer +([\w.-]+)$/i;

/**
 * Checks the bearer token and the permission, and sets `res.locals.account`. Cookies are ignored.
 * @throws NotSignedIn, Forbidden, TooManyAttempts
 */
export async function authorize(permission: Permission, req: Request, res: Response): Promise<void> {
  if (permission === 'anyone') return;
  const account = await authenticateBearer(req);
  if (req.method === 'POST') await consumeAttempt('apiWrites', account.id);
  else await recordApiRead(account.id);
  if (permission === 'member') await requireMemberAccess(account);
  res.locals.account = account;
  if (permission !== 'member') await requireTokenRole(account, permission);
}

const noAccessMessages: Readonly<Partial<Record<AccountAccess, string>>> = {
  'held-for-review': 'This account is held for review by the alumni office.',
  'age-unknown': 'This account has no known age yet. Sign in with a browser and enter the year of birth.',
  blocked: 'The person of this account is too young to take part.',
};

/** Applies the same access rules as the members' pages. @throws Forbidden */
export async function requireMemberAccess(account: Account): Promise<void> {
  const access = accountAccessOf(
    account,
    await listProfileAccess(account.id),
    await readSettings(),
    new Date(),
  );
  if (hasAccess(access)) return;
  throw new Forbidden(noAccessMessages[access] ?? 'This account is waiting for a guardian’s consent.');
}

async function authenticateBearer(req: Request): Promise<Account> {
  const header = req.get('Authorization');
  if (header === undefined) throw new NotSignedIn('Send a bearer token. POST /api/v1/token issues one.');
  const token = BEARER.exec(header)?.[1];
  const account = token === undefined ? null : await findAccountByToken(token);
  if (account) return account;
  await recordInvalidToken(clientNetwork(req));
  throw new NotSignedIn('This token is invalid or has expired. Request a new one.', 'invalid-token');
}

async function requireTokenRole(
  { staffRole, twoStepEnabledAt }: Account,
  permission: 'staff' | 'admin',
): Promise<void> {
  if (staffRole === null) throw new Forbidden('Only staff of the alumni office may do this.');
  if (permission === 'admin' && staffRole !== 'admin')
    throw new Forbidden('Only administrators may do this.');
  if (twoStepEnabledAt === null && (await readSettings()).twoStepForStaff)
    throw new Forbidden('Staff accounts must use two-step sign-in. Turn it on at /account/two-step first.');
}
