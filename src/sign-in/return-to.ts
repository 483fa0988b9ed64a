import type { Request } from 'express';
import { config } from '../platform/config/config.ts';
import { isOwnOrigin } from '../platform/http/security.ts';

// A path that starts with two slashes names another host.
const LOCAL_PATH = /^\/(?![/\\])[\x21-\x7e]{0,1999}$/;

/** Parses a path of this site with its query. @returns null for anything else */
export function parseLocalPath(given: unknown): string | null {
  if (typeof given !== 'string' || !LOCAL_PATH.test(given)) return null;
  const url = new URL(given, config.baseUrl);
  // Checked again, because "/.//evil.example" has become "//evil.example".
  const path = url.pathname + url.search;
  return url.origin === new URL(config.baseUrl).origin && LOCAL_PATH.test(path) ? path : null;
}

/** Reads from the query or the form where to go after signing in: a path of this site, or null. */
export function readReturnTo({ query, body }: Pick<Request, 'query' | 'body'>): string | null {
  return parseLocalPath(body?.returnTo ?? query.returnTo);
}

/** The path of the referring page if it is on this site. Browsers send it to this site only: see `securityHeaders`. */
export function referrerPath(req: Request): string | null {
  const referrer = req.get('Referer') ?? '';
  if (!URL.canParse(referrer)) return null;
  const { origin, pathname, search } = new URL(referrer);
  return isOwnOrigin(origin, req) ? parseLocalPath(pathname + search) : null;
}

/** The URL of the sign-in page that returns to `path`. */
export function signInPath(path: string | null): string {
  return path === null ? '/sign-in' : `/sign-in?${new URLSearchParams({ returnTo: path })}`;
}
