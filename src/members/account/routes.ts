import { type Request, type Response, Router } from 'express';
import { confirmPassword } from '../../accounts/authenticate.ts';
import { changeOwnName, changeOwnPassword } from '../../accounts/own-account.ts';
import { endOtherSessions, endSession, listSessions } from '../../accounts/sessions.ts';
import { hasClassmates } from '../../alumni/classmates.ts';
import { clientNetwork } from '../../platform/http/client-network.ts';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { accountOf, actorOf, requireAccount } from '../../sign-in/guard.ts';
import { continueSession } from '../../sign-in/sign-in.ts';
import { changePasswordForm, nameForm } from './forms.ts';

/** One's own account: name, password and sessions. */
export const accountRoutes = Router();
accountRoutes.get('/account', requireAccount, showAccount);
accountRoutes.post('/account/name', requireAccount, submitName);
accountRoutes.get('/account/password', requireAccount, showPassword);
accountRoutes.post('/account/password', requireAccount, submitPassword);
accountRoutes.get('/account/sessions', requireAccount, showSessions);
accountRoutes.post('/account/sessions/sign-out', requireAccount, submitSignOutElsewhere);
accountRoutes.post('/account/sessions/:id/sign-out', requireAccount, submitSessionSignOut);

function showAccount(_req: Request, res: Response): Promise<void> {
  return renderAccount({ values: { name: accountOf(res).name }, errors: {} }, res);
}

async function renderAccount({ values, errors }: FormState, res: Response): Promise<void> {
  const canBeShown = await hasClassmates(accountOf(res).id);
  res.render('members/account/index', { values, errors, canBeShown });
}

async function submitName(req: Request, res: Response): Promise<void> {
  const form = readForm(nameForm, req.body);
  if (form.data === null) {
    res.status(422);
    return renderAccount(form, res);
  }
  await changeOwnName(accountOf(res).id, form.data.name, actorOf(req, res));
  await redirectWithSuccess(req, res, '/account', t('accounts:account.nameSaved'));
}

function showPassword(_req: Request, res: Response): void {
  res.render('members/account/password', emptyForm);
}

async function submitPassword(req: Request, res: Response): Promise<void> {
  const account = accountOf(res);
  const form = readForm(changePasswordForm([account.email, account.name]), req.body);
  const changed = await form.run(async ({ currentPassword, password }) => {
    await confirmPassword(account, currentPassword, clientNetwork(req));
    return changeOwnPassword(account, password, actorOf(req, res));
  });
  if (!changed) {
    res.status(422).render('members/account/password', { values: {}, errors: form.errors });
    return;
  }
  await continueSession(req, res, changed);
  await redirectWithSuccess(req, res, '/account', t('accounts:changePassword.done'));
}

async function showSessions(req: Request, res: Response): Promise<void> {
  const sessions = await listSessions(accountOf(res), req.sessionID);
  res.render('members/account/sessions', { sessions });
}

async function submitSessionSignOut(req: Request, res: Response): Promise<void> {
  const { id } = req.params;
  await endSession(accountOf(res).id, String(id), req.sessionID, actorOf(req, res));
  await redirectWithSuccess(req, res, '/account/sessions', t('accounts:sessions.signedOut'));
}

async function submitSignOutElsewhere(req: Request, res: Response): Promise<void> {
  await continueSession(req, res, await endOtherSessions(accountOf(res), actorOf(req, res)));
  await redirectWithSuccess(req, res, '/account/sessions', t('accounts:sessions.signedOutElsewhere'));
}

async function redirectWithSuccess(req: Request, res: Response, url: string, message: string): Promise<void> {
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, url);
}
