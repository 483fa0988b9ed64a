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
import { t } from '../platform/i18n/i18n.ts';
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

const noAccessMessages = {
  'held-for-review': 'api:access.heldForReview',
  'age-unknown': 'api:access.ageUnknown',
  blocked: 'api:access.blocked',
} as const satisfies Partial<Record<AccountAccess, string>>;

/** Applies the same access rules as the members' pages. @throws Forbidden */
export async function requireMemberAccess(account: Account): Promise<void> {
  const access = accountAccessOf(
    account,
    await listProfileAccess(account.id),
    await readSettings(),
    new Date(),
  );
  if (hasAccess(access)) return;
  throw new Forbidden(
    t(
      access in noAccessMessages
        ? noAccessMessages[access as keyof typeof noAccessMessages]
        : 'api:access.waitingForConsent',
    ),
  );
}

async function authenticateBearer(req: Request): Promise<Account> {
  const header = req.get('Authorization');
  if (header === undefined) throw new NotSignedIn(t('api:errors.tokenMissing'));
  const token = BEARER.exec(header)?.[1];
  const account = token === undefined ? null : await findAccountByToken(token);
  if (account) return account;
  await recordInvalidToken(clientNetwork(req));
  throw new NotSignedIn(t('api:errors.tokenInvalid'), 'invalid-token');
}

async function requireTokenRole(
  { staffRole, twoStepEnabledAt }: Account,
  permission: 'staff' | 'admin',
): Promise<void> {
  if (staffRole === null) throw new Forbidden(t('api:errors.staffOnly'));
  if (permission === 'admin' && staffRole !== 'admin') throw new Forbidden(t('api:errors.adminOnly'));
  if (twoStepEnabledAt === null && (await readSettings()).twoStepForStaff)
    throw new Forbidden(t('api:errors.twoStepRequired'));
}
