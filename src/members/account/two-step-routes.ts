import { type Request, type Response, Router } from 'express';
import { renewRecoveryCodes, turnOffTwoStep, turnOnTwoStep } from '../../accounts/two-step.ts';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, readForm } from '../../platform/http/form.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { accountOf, actorOf, requireAccount } from '../../sign-in/guard.ts';
import { requireRecentSignIn } from '../../sign-in/recent-sign-in.ts';
import { continueSession } from '../../sign-in/sign-in.ts';
import { twoStepCodeForm } from './forms.ts';
import { setupSeedOf, twoStepPageData } from './two-step-page.ts';

/** Two-step sign-in. The setup page shows the secret, so it requires a recent sign-in like the changes do. */
export const twoStepRoutes = Router();
twoStepRoutes.get('/account/two-step', requireAccount, requireRecentSignIn, showTwoStep);
twoStepRoutes.post('/account/two-step', requireAccount, requireRecentSignIn, submitTurnOn);
twoStepRoutes.post(
  '/account/two-step/recovery-codes',
  requireAccount,
  requireRecentSignIn,
  submitRecoveryCodes,
);
twoStepRoutes.get('/account/two-step/turn-off', requireAccount, requireRecentSignIn, showTurnOff);
twoStepRoutes.post('/account/two-step/turn-off', requireAccount, requireRecentSignIn, submitTurnOff);

async function showTwoStep(req: Request, res: Response): Promise<void> {
  res.render('members/account/two-step', await twoStepPageData(req, accountOf(res), emptyForm));
}

async function submitTurnOn(req: Request, res: Response): Promise<void> {
  const account = accountOf(res);
  const form = readForm(twoStepCodeForm, req.body);
  const changed = await form.run(({ code }) =>
    turnOnTwoStep(account, setupSeedOf(req), code, actorOf(req, res)),
  );
  if (!changed) {
    res.status(422).render('members/account/two-step', await twoStepPageData(req, account, form));
    return;
  }
  delete req.session.twoStepSetup;
  await continueSession(req, res, changed.account);
  showCodesOnce(res, changed.recoveryCodes, true);
}

async function submitRecoveryCodes(req: Request, res: Response): Promise<void> {
  const { account, recoveryCodes } = await renewRecoveryCodes(accountOf(res), actorOf(req, res));
  await continueSession(req, res, account);
  showCodesOnce(res, recoveryCodes, false);
}

/** The codes are only in this response. A redirect would need them to be stored. */
function showCodesOnce(res: Response, codes: string[], isJustEnabled: boolean): void {
  res.render('members/account/recovery-codes', { codes, isJustEnabled });
}

function showTurnOff(_req: Request, res: Response): void {
  if (accountOf(res).twoStepEnabledAt === null) return res.redirect(303, '/account/two-step');
  res.render('members/account/turn-off-two-step');
}

async function submitTurnOff(req: Request, res: Response): Promise<void> {
  await continueSession(req, res, await turnOffTwoStep(accountOf(res), actorOf(req, res)));
  flash(req, 'success', t('accounts:twoStep.turnedOff'));
  await saveSession(req);
  res.redirect(303, '/account/two-step');
}
