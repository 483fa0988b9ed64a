import type { Request, Response } from 'express';
import { findAccountByToken } from '../accounts/access-token.ts';
import type { Account } from '../accounts/account.ts';
import { type ApiKey, findApiKey } from '../accounts/api-key.ts';
import {
  type AccountAccess,
  accountAccessOf,
  hasAccess,
  listProfileAccess,
} from '../consents/profile-access.ts';
import { recordApiRequest, recordInvalidToken } from '../platform/db/rate-limit.ts';
import { Forbidden } from '../platform/errors.ts';
import { clientNetwork } from '../platform/http/client-network.ts';
import { t } from '../platform/i18n/i18n.ts';
import { readSettings } from '../settings/settings.ts';
import { isRead } from './json.ts';
import type { Operation } from './operation.ts';
import { NotSignedIn } from './problems.ts';

const BEARER = /^Bearer +([\w.-]+)$/i;

type Caller = Readonly<{ account: Account; apiKey: ApiKey | null }>;

/**
 * Checks the bearer token or API key and the permission, and sets `res.locals.account` and `res.locals.apiKey`. Cookies
 * are ignored. A key has the rights that its creator has now, as far as its scopes allow.
 * @throws NotSignedIn, Forbidden, TooManyAttempts
 */
export async function authorize(
  { permission, scope }: Pick<Operation, 'permission' | 'scope'>,
  req: Request,
  res: Response,
): Promise<void> {
  if (permission === 'anyone') return;
  const { account, apiKey } = await authenticateBearer(req);
  await countRequest(apiKey === null ? account.id : `key ${apiKey.id}`, req, res);
  if (permission === 'member') await requireMemberAccess(account);
  res.locals.account = account;
  if (apiKey !== null) res.locals.apiKey = apiKey;
  if (apiKey !== null) requireScope(apiKey, scope);
  if (permission !== 'member') await requireTokenRole(account, permission);
}

// The headers of draft-ietf-httpapi-ratelimit-headers-10. With a 429, `problemHandler` adds Retry-After.
async function countRequest(caller: string, req: Request, res: Response): Promise<void> {
  const kind = isRead(req) ? 'read' : 'write';
  const { points, duration, remaining, reset } = await recordApiRequest(kind, caller);
  res.set('RateLimit-Policy', `"${kind}";q=${points};w=${duration}`);
  res.set('RateLimit', `"${kind}";r=${remaining};t=${reset}`);
}

function requireScope({ scopes }: ApiKey, scope: Operation['scope']): void {
  if (scope === null) throw new Forbidden(t('api:errors.keyRefused'));
  if (!scopes.includes(scope)) throw new Forbidden(t('api:errors.scopeMissing', { scope }));
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

async function authenticateBearer(req: Request): Promise<Caller> {
  const header = req.get('Authorization');
  if (header === undefined) throw new NotSignedIn(t('api:errors.tokenMissing'));
  const token = BEARER.exec(header)?.[1];
  const caller = token === undefined ? null : await findCaller(token);
  if (caller) return caller;
  await recordInvalidToken(clientNetwork(req));
  throw new NotSignedIn(t('api:errors.tokenInvalid'), 'invalid-token');
}

async function findCaller(token: string): Promise<Caller | null> {
  const keyed = await findApiKey(token);
  if (keyed) return keyed;
  const account = await findAccountByToken(token);
  return account && { account, apiKey: null };
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
