import { csrfSync } from 'csrf-sync';
import type { RequestHandler } from 'express';
import { Forbidden } from '../errors.ts';

const { generateToken, isRequestValid } = csrfSync({
  getTokenFromRequest: (req) => {
    const typed: unknown = req.body?._csrf;
    return typeof typed === 'string' ? typed : (req.get('X-CSRF-Token') ?? undefined);
  },
});

/** Every form carries the session's token. A page without a form asks for none, and so makes no session. */
export const csrf: RequestHandler = (req, res, next) => {
  res.locals.csrfToken = () => generateToken(req);
  if (req.method === 'POST' && !isRequestValid(req)) {
    throw new Forbidden(
      'This form is no longer valid, usually because it was open for a long time. Go back, reload the page and send it again.',
    );
  }
  next();
};
