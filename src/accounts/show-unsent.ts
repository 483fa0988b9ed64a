import type { RequestHandler } from 'express';
import { fillForm } from '../web/fill-form.ts';
import { isLive } from '../web/list-address.ts';
import { signedIn } from './guard.ts';
import { keptForm } from './unsent.ts';

/**
 * Shows the form that waits in the session, once: its page comes back filled in. Where the page can't hold all of it any
 * more, a plain page lists what was typed. It is never sent by itself.
 */
export const showUnsentForm: RequestHandler = (req, res, next) => {
  const unsent = keptForm(req);
  const isDue = unsent?.page === req.originalUrl && unsent.signedInAs === signedIn(res)?.id;
  if (!unsent || !isDue || req.method !== 'GET' || isLive(req)) return next();
  delete req.session.unsentForm;

  const { send, redirect } = res;
  const showList = () => {
    Object.assign(res, { send, redirect });
    res.status(200).type('html').render('accounts/unsent-form', { unsent });
    return res;
  };
  res.redirect = showList;
  res.send = (page: unknown) => {
    const filled = typeof page === 'string' ? fillForm(page, unsent.action, unsent.fields) : null;
    if (filled === null) return showList();
    Object.assign(res, { send, redirect });
    return res.send(filled);
  };
  next();
};
