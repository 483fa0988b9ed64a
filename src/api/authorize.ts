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

/** Lets in whoever may ask, as `accountOf(res)`. A cookie counts for nothing here. @throws NotSignedIn, Forbidden, TooManyAttempts */
export async function authorize(permission: Permission, req: Request, res: Response): Promise<void> {
  if (permission === 'anyone') return;
  const account = await authenticateBearer(req);
  if (req.method === 'POST') await consumeAttempt('apiWrites', account.id);
  else await recordApiRead(account.id);
  if (permission === 'member') await requireMemberAccess(account);
  res.locals.account = account;
  if (permission !== 'member') await requireStaffRole(account, permission);
}

const noAccessMessages: Readonly<Partial<Record<AccountAccess, string>>> = {
  held: 'This account is held for review by the alumni office.',
  unknown: 'This account has no known age yet. Sign in with a browser and state the year of birth.',
  blocked: 'The person of this account is too young to take part.',
};

/** Staff rights need no age. @throws Forbidden for whoever has no access as a member, as at every other door */
export async function requireMemberAccess(account: Account): Promise<void> {
  const access = accountAccessOf(
    account,
    await listProfileAccess(account.id),
    await readSettings(),
    new Date(),
  );
  if (hasAccess(access)) return;
  throw new Forbidden(noAccessMessages[access] ?? 'This account waits for a guardian’s consent.');
}

async function authenticateBearer(req: Request): Promise<Account> {
  const header = req.get('Authorization');
  if (header === undefined) throw new NotSignedIn('Send a bearer token, see /api/v1/token.');
  const token = BEARER.exec(header)?.[1];
  const account = token === undefined ? null : await findAccountByToken(token);
  if (account) return account;
  await recordInvalidToken(clientNetwork(req));
  throw new NotSignedIn('This token is not valid, or not any more. Ask for a new one.', 'invalid-token');
}

async function requireStaffRole(
  { staffRole, twoStepEnabledAt }: Account,
  permission: 'staff' | 'admin',
): Promise<void> {
  if (staffRole === null) throw new Forbidden('This is for the alumni office’s staff.');
  if (permission === 'admin' && staffRole !== 'admin') throw new Forbidden('This is for administrators.');
  if (twoStepEnabledAt === null && (await readSettings()).twoStepForStaff)
    throw new Forbidden('Staff need two-step sign-in here. Turn it on at /account/two-step first.');
}
