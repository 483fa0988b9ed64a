import { type Request, type Response, Router } from 'express';
import type { Account } from '../accounts/account.ts';
import {
  getOpenPasswordReset,
  InvalidResetLink,
  newResetLinkActions,
  redeemPasswordReset,
  requestPasswordReset,
} from '../accounts/password-reset.ts';
import { consumeAttempt } from '../platform/db/rate-limit.ts';
import { clientNetwork } from '../platform/http/client-network.ts';
import { flash } from '../platform/http/flash.ts';
import { emptyForm, readForm } from '../platform/http/form.ts';
import { useLanguageOf } from '../platform/http/language.ts';
import { checkLinkToken, LinkNotOpened } from '../platform/http/link-token.ts';
import {
  resetToVisitorSession,
  rotateSessionId,
  saveSession,
  startEmptySession,
} from '../platform/http/session.ts';
import { t } from '../platform/i18n/i18n.ts';
import { addressRoutes } from './address-routes.ts';
import { confirmRoutes } from './confirm-routes.ts';
import { addressForm, newPasswordForm, signInCodeForm, signInForm } from './forms.ts';
import { actorOf, findSignedInAccount } from './guard.ts';
import { languageRoutes } from './language-routes.ts';
import { parsePendingForm, renderSignIn, resumePendingForm, storePendingForm } from './pending-form.ts';
import { formWithKeptAddress, keepAddress } from './prefilled-address.ts';
import { readReturnTo, referrerPath, signInPath } from './return-to.ts';
import { finishSignIn, isCodeRequired, signIn } from './sign-in.ts';

/** Mounted before sessions, so that a forged reset link costs no query. */
export const resetLinkRoutes = Router();
resetLinkRoutes.get(
  '/reset-password',
  checkLinkToken('password-reset', () => new InvalidResetLink(t('sign-in:resetPassword.invalidText'))),
);

export const signInRoutes = Router();
signInRoutes.get('/sign-in', showSignIn);
signInRoutes.post('/sign-in', submitSignIn);
signInRoutes.post('/sign-out', submitSignOut);
signInRoutes.get('/forgot-password', showForgotPassword);
signInRoutes.post('/forgot-password', submitForgotPassword);
signInRoutes.get('/forgot-password/sent', showForgotPasswordSent);
signInRoutes.get('/reset-password', showResetPassword);
signInRoutes.post('/reset-password', submitResetPassword);
signInRoutes.use(addressRoutes, confirmRoutes, languageRoutes);

function showSignIn(req: Request, res: Response): void {
  const returnTo = readReturnTo(req);
  if (isCodeRequired(req) && req.query.start === undefined)
    return res.render('sign-in/sign-in-code', { ...emptyForm, returnTo });
  if (findSignedInAccount(res)) return res.redirect(303, returnTo ?? '/home');
  const notice = areCookiesBlocked(req) ? t('sign-in:signIn.cookiesBlocked') : null;
  renderSignIn(res, formWithKeptAddress(req), null, { returnTo, notice });
}

/** Signing in sets a cookie, so a browser that returns from the sign-in page without one doesn't accept cookies. */
function areCookiesBlocked(req: Request): boolean {
  return req.get('Cookie') === undefined && /^\/sign-in(\?|$)/.test(referrerPath(req) ?? '');
}

async function submitSignIn(req: Request, res: Response): Promise<void> {
  const typed: unknown = req.body?.email ?? req.body?.password;
  if (typed === undefined && req.session.pendingSignIn) return submitCode(req, res);
  delete req.session.pendingSignIn;
  const form = readForm(signInForm, req.body);
  const account = await form.run(({ staySignedIn }) => signIn(req, res, staySignedIn === 'yes'));
  if (account) return continueAfterSignIn(req, res, account);
  if (isCodeRequired(req)) {
    storePendingForm(req);
    await saveSession(req);
    return res.redirect(303, signInPath(readReturnTo(req)));
  }
  keepAddress(form.values.email ?? '', req);
  res.status(422);
  renderSignIn(res, form, parsePendingForm(req), { returnTo: readReturnTo(req) });
}

async function submitCode(req: Request, res: Response): Promise<void> {
  const form = readForm(signInCodeForm, req.body);
  const account = await form.run(({ code }) => finishSignIn(req, res, code));
  if (account) return continueAfterSignIn(req, res, account);
  const view = isCodeRequired(req) ? 'sign-in/sign-in-code' : 'sign-in/sign-in';
  res.status(422).render(view, { values: {}, errors: form.errors, returnTo: readReturnTo(req) });
}

async function continueAfterSignIn(req: Request, res: Response, account: Account): Promise<void> {
  const defaultPath = account.staffRole ? '/admin' : '/home';
  const nextPath =
    resumePendingForm(req, account.id) ?? readReturnTo(req) ?? req.session.returnTo ?? defaultPath;
  delete req.session.returnTo;
  delete req.session.signInAddress;
  await saveSession(req);
  res.redirect(303, nextPath);
}

async function submitSignOut(req: Request, res: Response): Promise<void> {
  const pending = parsePendingForm(req);
  await startEmptySession(req);
  res.set('Clear-Site-Data', '"cache"');
  if (pending) {
    res.locals.account = null;
    return renderSignIn(res, emptyForm, pending);
  }
  flash(req, 'success', t('sign-in:signIn.signedOut'));
  await saveSession(req);
  res.redirect(303, '/');
}

function showForgotPassword(req: Request, res: Response): void {
  res.render('sign-in/forgot-password', formWithKeptAddress(req));
}

async function submitForgotPassword(req: Request, res: Response): Promise<void> {
  const form = readForm(addressForm, req.body);
  const isRequested = await form.run(async ({ email }) => {
    await consumeAttempt('passwordReset', clientNetwork(req));
    await requestPasswordReset(email);
    keepAddress(email, req);
    await saveSession(req);
    return true;
  });
  if (isRequested) return res.redirect(303, '/forgot-password/sent');
  res.status(422).render('sign-in/forgot-password', { values: form.values, errors: form.errors });
}

function showForgotPasswordSent(_req: Request, res: Response): void {
  res.render('sign-in/forgot-password-sent');
}

async function showResetPassword(req: Request, res: Response): Promise<void> {
  const { linkId: resetId } = res.locals;
  if (resetId !== undefined) {
    await getOpenPasswordReset(resetId);
    // An attacker may have planted this browser's cookie, so the old session id must not see the page.
    await rotateSessionId(req);
    req.session.passwordResetId = resetId;
    await saveSession(req);
    return res.redirect(303, '/reset-password');
  }
  const { account } = await getOpenPasswordReset(getOpenedResetId(req));
  useLanguageOf(account.language, req);
  res.render('sign-in/reset-password', { ...emptyForm, email: account.email });
}

async function submitResetPassword(req: Request, res: Response): Promise<void> {
  const open = await getOpenPasswordReset(getOpenedResetId(req));
  const { account } = open;
  useLanguageOf(account.language, req);
  const form = readForm(newPasswordForm([account.email, account.name]), req.body);
  const isReset = await form.run(async ({ password }) => {
    await redeemPasswordReset(open, password, actorOf(req, res));
    return true;
  });
  if (!isReset) {
    res
      .status(422)
      .render('sign-in/reset-password', { values: {}, errors: form.errors, email: account.email });
    return;
  }
  await resetToVisitorSession(req);
  keepAddress(account.email, req);
  flash(req, 'success', t('sign-in:resetPassword.done'));
  await saveSession(req);
  res.redirect(303, '/sign-in');
}

function getOpenedResetId(req: Request): string {
  const { passwordResetId: resetId } = req.session;
  if (resetId === undefined) throw new LinkNotOpened(newResetLinkActions());
  return resetId;
}
