import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';
import { config, type LinkKey } from '../platform/config/config.ts';
import { currentKey, deriveKey } from '../platform/crypto/encryption.ts';

const isSecure = config.environment === 'production';
const COOKIE_NAME = isSecure ? '__Host-homecoming-browser' : 'homecoming-browser';
const MAX_ACCOUNTS = 20;
const COOKIE_MAX_AGE_MS = 400 * 24 * 60 * 60 * 1000;

/**
 * Notes in a signed cookie that this browser has signed in to an account. Unlike a session it outlives signing out: a
 * guardian's page must know the browser of the young person whom it is about.
 */
export function rememberAccountInBrowser(accountId: string, req: Request, res: Response): void {
  const others = accountIdsOfBrowser(req).filter((id) => id !== accountId);
  const ids = [accountId, ...others].slice(0, MAX_ACCOUNTS).join('.');
  const value = `${ids}.${macOf(currentKey(), ids).toString('base64url')}`;
  res.cookie(COOKIE_NAME, value, {
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure,
    path: '/',
    maxAge: COOKIE_MAX_AGE_MS,
  });
}

/** The accounts that this browser has signed in to, the last one first. */
export function accountIdsOfBrowser(req: Request): string[] {
  const cookies = (req.get('Cookie') ?? '').split(';').map((cookie) => cookie.trim());
  const value =
    cookies.find((cookie) => cookie.startsWith(`${COOKIE_NAME}=`))?.slice(COOKIE_NAME.length + 1) ?? '';
  const [, ids, mac = ''] = /^([\d.]{1,400})\.([\w-]{43})$/.exec(value) ?? [];
  if (ids === undefined) return [];
  const given = Buffer.from(mac, 'base64url');
  const isAuthentic = config.linkKeys.some((key) => timingSafeEqual(given, macOf(key, ids)));
  return isAuthentic ? ids.split('.') : [];
}

function macOf(key: LinkKey, ids: string): Buffer {
  return createHmac('sha256', deriveKey(key, 'browser cookie', 32))
    .update(ids)
    .digest();
}
