import type { Request } from 'express';
import { config } from '../config.ts';

/** Where a sign-in leads, read from the address or form of the sign-in page: a path of ours, or null for anything else. */
export function returnToOf({ query, body }: Pick<Request, 'query' | 'body'>): string | null {
  const given: unknown = body?.returnTo ?? query.returnTo;
  if (typeof given !== 'string' || !/^\/(?![/\\])[\x21-\x7e]{0,1999}$/.test(given)) return null;
  const url = new URL(given, config.baseUrl);
  return url.origin === new URL(config.baseUrl).origin ? url.pathname + url.search : null;
}

/** The address of the sign-in page that leads to `path` afterwards. */
export function signInPath(path: string | null): string {
  return path === null ? '/sign-in' : `/sign-in?${new URLSearchParams({ returnTo: path })}`;
}
