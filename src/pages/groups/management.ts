import { type RequestHandler, Router } from 'express';
import { linkManagementRoutes } from './link-routes.ts';
import { memberManagementRoutes } from './member-routes.ts';

/** Routes for managing a group, for members and staff. @param guard `requireMember` or `loadAnyGroup` */
export function managementRoutes(guard: RequestHandler): Router {
  return Router().use(linkManagementRoutes(guard), memberManagementRoutes(guard));
}
