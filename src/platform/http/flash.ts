import type { Request, RequestHandler, Response } from 'express';
import { isHtmxRequest } from './list-query.ts';
import { saveSession } from './session.ts';

export type Flash = Readonly<{ kind: 'success' | 'notice' | 'problem'; text: string }>;

/** Says on the next page what just happened. */
export function flash(req: Request, kind: Flash['kind'], text: string): void {
  req.session.flash = { kind, text };
}

/**
 * Hands the message to the page that is shown next, once. What a live part of the page before asks for meanwhile is none:
 * its session, kept last, would also bring back what that page was the only one to show.
 */
export const showFlash: RequestHandler = (req, res, next) => {
  const { flash: message = null } = req.session;
  const isNextPage = !isHtmxRequest(req);
  res.locals.flash = isNextPage ? message : null;
  if (isNextPage && req.method === 'GET' && message) delete req.session.flash;
  next();
};

/** Leads to a page of the same door, and says there what happened. `path` begins where the door's routes begin. */
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
