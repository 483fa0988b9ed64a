import type { RequestHandler } from 'express';
import { isHtmxRequest } from '../platform/http/list-query.ts';
import { findSignedInAccount } from './guard.ts';
import { findPendingForm } from './pending-form.ts';

/**
 * Shows the session's pending form once, by filling in the form on its page. If the page no longer has all its fields, a
 * plain page lists the values instead. It is never submitted automatically.
 */
export const showPendingForm: RequestHandler = async (req, res, next) => {
  const pending = findPendingForm(req);
  const isForThisPage =
    pending?.page === req.originalUrl && pending.signedInAs === findSignedInAccount(res)?.id;
  if (!pending || !isForThisPage || req.method !== 'GET' || isHtmxRequest(req)) return next();
  delete req.session.pendingForm;

  // Imported on demand, because its parser takes 29 MB of memory.
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
