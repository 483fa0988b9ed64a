import { type RequestHandler, Router } from 'express';
import { linkManagementRoutes } from './link-routes.ts';
import { memberManagementRoutes } from './member-routes.ts';

/**
 * What those who run a group do, at their own door or at the staff's. `guard` opens the group of the address: see
 * `requireMember` and `anyGroup`.
 */
export function managementRoutes(guard: RequestHandler): Router {
  return Router().use(linkManagementRoutes(guard), memberManagementRoutes(guard));
}
