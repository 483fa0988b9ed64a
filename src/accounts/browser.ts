import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';
import { config, type LinkKey } from '../config.ts';
import { derivedKey, firstKey } from '../seal.ts';

const isSecure = config.environment === 'production';
const NAME = isSecure ? '__Host-homecoming-browser' : 'homecoming-browser';
const MOST_ACCOUNTS = 20;
const KEPT_MS = 400 * 24 * 60 * 60 * 1000;

/**
 * Notes in a signed cookie that this browser has signed in to an account. Unlike a session it outlives signing out: a
 * guardian's page must know the browser of the young person whom it is about.
 */
export function rememberInBrowser(accountId: string, req: Request, res: Response): void {
  const others = accountsOfBrowser(req).filter((id) => id !== accountId);
  const ids = [accountId, ...others].slice(0, MOST_ACCOUNTS).join('.');
  const value = `${ids}.${macOf(firstKey(), ids).toString('base64url')}`;
  res.cookie(NAME, value, {
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure,
    path: '/',
    maxAge: KEPT_MS,
  });
}

/** The accounts that this browser has signed in to, the last one first. */
export function accountsOfBrowser(req: Request): string[] {
  const cookies = (req.get('Cookie') ?? '').split(';').map((cookie) => cookie.trim());
  const value = cookies.find((cookie) => cookie.startsWith(`${NAME}=`))?.slice(NAME.length + 1) ?? '';
  const [, ids, mac = ''] = /^([\d.]{1,400})\.([\w-]{43})$/.exec(value) ?? [];
  if (ids === undefined) return [];
  const given = Buffer.from(mac, 'base64url');
  const isOurs = config.linkKeys.some((key) => timingSafeEqual(given, macOf(key, ids)));
  return isOurs ? ids.split('.') : [];
}

function macOf(key: LinkKey, ids: string): Buffer {
  return createHmac('sha256', derivedKey(key, 'browser cookie', 32))
    .update(ids)
    .digest();
}
