import { type Request, type Response, Router } from 'express';
import { flash } from '../web/flash.ts';
import { emptyForm, readForm } from '../web/form.ts';
import { checkLink, LinkNotOpened } from '../web/opened-link.ts';
import { countTry, placeOf } from '../web/rate-limit.ts';
import { changeSessionId, renewSession, renewVisitorsSession, saveSession } from '../web/session.ts';
import type { Account } from './account.ts';
import { addressForm, codeForm, newPasswordForm, signInForm } from './forms.ts';
import { actorOf, signedIn } from './guard.ts';
import { askAgain, BadResetLink, openReset, requestReset, spendReset } from './password-reset.ts';
import { carriedForm, keepPendingForm, renderSignIn, takePendingForm } from './pending.ts';
import { cameFrom, returnToOf, signInPath } from './return-to.ts';
import { codeIsWanted, finishSignIn, signIn } from './sign-in.ts';

/** Before sessions: a link to a reset that we did not sign costs no query. */
export const resetLinks = Router();
resetLinks.get(
  '/reset-password',
  checkLink(
    'password-reset',
    () =>
      new BadResetLink(
        'Open the link from our e-mail again. If you pasted it, check that you copied all of it.',
      ),
  ),
);

export const accounts = Router();
accounts.get('/sign-in', showSignIn);
accounts.post('/sign-in', submitSignIn);
accounts.post('/sign-out', submitSignOut);
accounts.get('/forgot-password', showForgotPassword);
accounts.post('/forgot-password', submitForgotPassword);
accounts.get('/forgot-password/sent', showForgotPasswordSent);
accounts.get('/reset-password', showResetPassword);
accounts.post('/reset-password', submitResetPassword);

function showSignIn(req: Request, res: Response): void {
  const returnTo = returnToOf(req);
  if (codeIsWanted(req) && req.query.start === undefined)
    return res.render('accounts/sign-in-code', { ...emptyForm, returnTo });
  if (signedIn(res)) return res.redirect(303, returnTo ?? '/home');
  const notice = cookiesAreRefused(req)
    ? 'Your browser doesn’t keep our cookie, so you are not signed in. Allow cookies for this site and try again.'
    : null;
  renderSignIn(res, emptyForm, null, { returnTo, notice });
}

/** Signing in sets a cookie. A browser that comes back from the sign-in page without any cookie doesn't keep them. */
function cookiesAreRefused(req: Request): boolean {
  return req.get('Cookie') === undefined && /^\/sign-in(\?|$)/.test(cameFrom(req) ?? '');
}

async function submitSignIn(req: Request, res: Response): Promise<void> {
  const typed: unknown = req.body?.email ?? req.body?.password;
  if (typed === undefined && req.session.pendingSignIn) return submitCode(req, res);
  delete req.session.pendingSignIn;
  const form = readForm(signInForm, req.body);
  const account = await form.run(() => signIn(req, res));
  if (account) return goOn(req, res, account);
  if (codeIsWanted(req)) {
    keepPendingForm(req);
    await saveSession(req);
    return res.redirect(303, signInPath(returnToOf(req)));
  }
  res.status(422);
  renderSignIn(res, form, carriedForm(req), { returnTo: returnToOf(req) });
}

async function submitCode(req: Request, res: Response): Promise<void> {
  const form = readForm(codeForm, req.body);
  const account = await form.run(({ code }) => finishSignIn(req, res, code));
  if (account) return goOn(req, res, account);
  const view = codeIsWanted(req) ? 'accounts/sign-in-code' : 'accounts/sign-in';
  res.status(422).render(view, { values: {}, errors: form.errors, returnTo: returnToOf(req) });
}

async function goOn(req: Request, res: Response, account: Account): Promise<void> {
  const usual = account.staffRole ? '/admin' : '/home';
  const onward = takePendingForm(req, account.id) ?? returnToOf(req) ?? req.session.returnTo ?? usual;
  delete req.session.returnTo;
  await saveSession(req);
  res.redirect(303, onward);
}

async function submitSignOut(req: Request, res: Response): Promise<void> {
  const pending = carriedForm(req);
  await renewSession(req);
  res.set('Clear-Site-Data', '"cache"');
  if (pending) {
    res.locals.account = null;
    return renderSignIn(res, emptyForm, pending);
  }
  flash(req, 'success', 'You are signed out.');
  await saveSession(req);
  res.redirect(303, '/');
}

function showForgotPassword(_req: Request, res: Response): void {
  res.render('accounts/forgot-password', emptyForm);
}

async function submitForgotPassword(req: Request, res: Response): Promise<void> {
  const form = readForm(addressForm, req.body);
  const taken = await form.run(async ({ email }) => {
    await countTry('passwordReset', placeOf(req));
    await requestReset(email);
    return true;
  });
  if (taken) return res.redirect(303, '/forgot-password/sent');
  res.status(422).render('accounts/forgot-password', { values: form.values, errors: form.errors });
}

function showForgotPasswordSent(_req: Request, res: Response): void {
  res.render('accounts/forgot-password-sent');
}

async function showResetPassword(req: Request, res: Response): Promise<void> {
  const { linkId: resetId } = res.locals;
  if (resetId !== undefined) {
    await openReset(resetId);
    // An attacker may have planted the cookie that this browser came with: its old session must not see the page.
    await changeSessionId(req);
    req.session.resetId = resetId;
    await saveSession(req);
    return res.redirect(303, '/reset-password');
  }
  const { account } = await openReset(pendingReset(req));
  res.render('accounts/reset-password', { ...emptyForm, email: account.email });
}

async function submitResetPassword(req: Request, res: Response): Promise<void> {
  const open = await openReset(pendingReset(req));
  const { account } = open;
  const form = readForm(newPasswordForm([account.email, account.name]), req.body);
  const done = await form.run(async ({ password }) => {
    await spendReset(open, password, actorOf(req, res));
    return true;
  });
  if (!done) {
    res
      .status(422)
      .render('accounts/reset-password', { values: {}, errors: form.errors, email: account.email });
    return;
  }
  await renewVisitorsSession(req);
  flash(req, 'success', 'Your new password is set. Please sign in with it.');
  await saveSession(req);
  res.redirect(303, '/sign-in');
}

function pendingReset(req: Request): string {
  const { resetId } = req.session;
  if (resetId === undefined) throw new LinkNotOpened(askAgain);
  return resetId;
}
