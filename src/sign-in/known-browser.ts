import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';
import { config, type LinkKey } from '../platform/config/config.ts';
import { currentKey, deriveKey } from '../platform/crypto/encryption.ts';
import { readCookie } from '../platform/http/cookies.ts';

const isSecure = config.environment === 'production';
const COOKIE_NAME = isSecure ? '__Host-homecoming-browser' : 'homecoming-browser';
const MAX_ACCOUNTS = 20;
const COOKIE_MAX_AGE_MS = 400 * 24 * 60 * 60 * 1000;

/**
 * Remembers in a signed cookie that this browser has signed in to an account. Unlike a session, the cookie survives
 * signing out, so that the guardian page can recognise the minor's own browser.
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

/** Ids of the accounts that this browser has signed in to, latest first. */
export function accountIdsOfBrowser(req: Request): string[] {
  const value = readCookie(COOKIE_NAME, req) ?? '';
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
