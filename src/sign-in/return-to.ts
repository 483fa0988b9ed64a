import type { Request } from 'express';
import { config } from '../platform/config/config.ts';
import { isOwnOrigin } from '../platform/http/security.ts';

// Two slashes at the beginning name another host.
const LOCAL_PATH = /^\/(?![/\\])[\x21-\x7e]{0,1999}$/;

/** A path of ours with its query, or null for anything else. */
export function parseLocalPath(given: unknown): string | null {
  if (typeof given !== 'string' || !LOCAL_PATH.test(given)) return null;
  const url = new URL(given, config.baseUrl);
  // Looked at again: "/.//evil.example" is "//evil.example" by now.
  const path = url.pathname + url.search;
  return url.origin === new URL(config.baseUrl).origin && LOCAL_PATH.test(path) ? path : null;
}

/** Where a sign-in leads, read from the address or form of the sign-in page: a path of ours, or null. */
export function readReturnTo({ query, body }: Pick<Request, 'query' | 'body'>): string | null {
  return parseLocalPath(body?.returnTo ?? query.returnTo);
}

/** The page of ours that a request comes from, or null. Browsers send it to us alone: see `securityHeaders`. */
export function referrerPath(req: Request): string | null {
  const referrer = req.get('Referer') ?? '';
  if (!URL.canParse(referrer)) return null;
  const { origin, pathname, search } = new URL(referrer);
  return isOwnOrigin(origin, req) ? parseLocalPath(pathname + search) : null;
}

/** The address of the sign-in page that leads to `path` afterwards. */
export function signInPath(path: string | null): string {
  return path === null ? '/sign-in' : `/sign-in?${new URLSearchParams({ returnTo: path })}`;
}
