import { type RequestHandler, Router } from 'express';
import { linkPages } from './link-pages.ts';
import { memberPages } from './member-pages.ts';

/**
 * What those who run a group do, at their own door or at the staff's. `guard` opens the group of the address: see
 * `requireMember` and `anyGroup`.
 */
export function management(guard: RequestHandler): Router {
  return Router().use(linkPages(guard), memberPages(guard));
}
