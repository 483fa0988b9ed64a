import type { Request, RequestHandler } from 'express';

export type Flash = Readonly<{ kind: 'success' | 'notice' | 'problem'; text: string }>;

declare module 'express-session' {
  interface SessionData {
    flash: Flash;
  }
}

/** Says on the next page what just happened. */
export function flash(req: Request, kind: Flash['kind'], text: string): void {
  req.session.flash = { kind, text };
}

/** Hands the message to the page that is shown next, once. */
export const showFlash: RequestHandler = (req, res, next) => {
  res.locals.flash = req.session.flash ?? null;
  if (req.method === 'GET' && req.session.flash) delete req.session.flash;
  next();
};
