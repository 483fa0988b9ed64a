import type { RequestHandler } from 'express';
import { isHtmxRequest } from '../platform/http/list-query.ts';
import { findSignedInAccount } from './guard.ts';
import { findPendingForm } from './pending-form.ts';

/**
 * Shows the form that waits in the session, once: its page comes back filled in. Where the page can't hold all of it any
 * more, a plain page lists what was typed. It is never sent by itself.
 */
export const showPendingForm: RequestHandler = async (req, res, next) => {
  const pending = findPendingForm(req);
  const isForThisPage =
    pending?.page === req.originalUrl && pending.signedInAs === findSignedInAccount(res)?.id;
  if (!pending || !isForThisPage || req.method !== 'GET' || isHtmxRequest(req)) return next();
  delete req.session.pendingForm;

  // Its parser takes 29 MB, and is seldom needed.
  const { fillForm } = await import('../platform/http/fill-form.ts');
  const { send, redirect } = res;
  const showTypedFields = () => {
    Object.assign(res, { send, redirect });
    res.status(200).type('html').render('sign-in/pending-form', { pending });
    return res;
  };
  res.redirect = showTypedFields;
  res.send = (page: unknown) => {
    const filled = typeof page === 'string' ? fillForm(page, pending.action, pending.fields) : null;
    if (filled === null) return showTypedFields();
    Object.assign(res, { send, redirect });
    return res.send(filled);
  };
  next();
};
