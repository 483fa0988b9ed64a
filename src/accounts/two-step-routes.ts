import { type Request, type Response, Router } from 'express';
import { flash } from '../web/flash.ts';
import { emptyForm, readForm } from '../web/form.ts';
import { placeOf } from '../web/rate-limit.ts';
import { saveSession } from '../web/session.ts';
import { confirmPassword } from './authenticate.ts';
import { codeForm, confirmedForm } from './forms.ts';
import { accountOf, actorOf, requireAccount } from './guard.ts';
import { renewRecoveryCodes, turnOff, turnOn } from './two-step.ts';
import { setupOf, twoStepPage } from './two-step-page.ts';

/** A second step at sign-in, by an authenticator app. */
export const twoStep = Router();
twoStep.get('/account/two-step', requireAccount, showTwoStep);
twoStep.post('/account/two-step', requireAccount, submitTurnOn);
twoStep.post('/account/two-step/recovery-codes', requireAccount, submitRecoveryCodes);
twoStep.get('/account/two-step/ending', requireAccount, showEnding);
twoStep.post('/account/two-step/ending', requireAccount, submitEnding);

async function showTwoStep(req: Request, res: Response): Promise<void> {
  res.render('accounts/two-step', await twoStepPage(req, accountOf(res), emptyForm));
}

async function submitTurnOn(req: Request, res: Response): Promise<void> {
  const account = accountOf(res);
  const form = readForm(codeForm, req.body);
  const codes = await form.run(({ code }) => turnOn(account, setupOf(req), code, actorOf(req, res)));
  if (!codes) {
    res.status(422).render('accounts/two-step', await twoStepPage(req, account, form));
    return;
  }
  delete req.session.twoStepSetup;
  showCodesOnce(res, codes, true);
}

async function submitRecoveryCodes(req: Request, res: Response): Promise<void> {
  const account = accountOf(res);
  const form = readForm(confirmedForm, req.body);
  const codes = await form.run(async ({ currentPassword }) => {
    await confirmPassword(account, currentPassword, placeOf(req));
    return renewRecoveryCodes(account, actorOf(req, res));
  });
  if (codes) return showCodesOnce(res, codes, false);
  res.status(422).render('accounts/two-step', await twoStepPage(req, account, form));
}

/** The codes are in this answer and nowhere else, so there is no redirect to a page that would have to find them. */
function showCodesOnce(res: Response, codes: string[], isNew: boolean): void {
  res.render('accounts/recovery-codes', { codes, isNew });
}

function showEnding(_req: Request, res: Response): void {
  if (accountOf(res).twoStepEnabledAt === null) return res.redirect(303, '/account/two-step');
  res.render('accounts/two-step-ending', emptyForm);
}

async function submitEnding(req: Request, res: Response): Promise<void> {
  const account = accountOf(res);
  const form = readForm(confirmedForm, req.body);
  const ended = await form.run(async ({ currentPassword }) => {
    await confirmPassword(account, currentPassword, placeOf(req));
    await turnOff(account, actorOf(req, res));
    return true;
  });
  if (!ended) {
    res.status(422).render('accounts/two-step-ending', { values: {}, errors: form.errors });
    return;
  }
  flash(req, 'success', 'Two-step sign-in is off. Signing in asks for your password only.');
  await saveSession(req);
  res.redirect(303, '/account/two-step');
}
