import type { Request, RequestHandler, Response } from 'express';
import { isHtmxRequest } from './list-query.ts';
import { saveSession } from './session.ts';

export type Flash = Readonly<{ kind: 'success' | 'notice' | 'problem'; text: string }>;

/** Sets a message to be shown once on the next page. */
export function flash(req: Request, kind: Flash['kind'], text: string): void {
  req.session.flash = { kind, text };
}

/**
 * Passes the message to the next page and deletes it. htmx requests don't count as a page: saving their session could also
 * restore values that the page has already consumed.
 */
export const showFlash: RequestHandler = (req, res, next) => {
  const { flash: message = null } = req.session;
  const isNextPage = !isHtmxRequest(req);
  res.locals.flash = isNextPage ? message : null;
  if (isNextPage && req.method === 'GET' && message) delete req.session.flash;
  next();
};

/** Redirects with a success message. `path` is relative to the router's mount path. */
export async function redirectWithFlash(
  message: string,
  path: string,
  req: Request,
  res: Response,
): Promise<void> {
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, req.baseUrl + path);
}
