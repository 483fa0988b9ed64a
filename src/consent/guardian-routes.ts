import { type Request, type RequestHandler, type Response, Router } from 'express';
import { actorOf } from '../accounts/guard.ts';
import { readSettings } from '../settings.ts';
import { flash } from '../web/flash.ts';
import { emptyForm, type FormState, readForm } from '../web/form.ts';
import { checkLink } from '../web/opened-link.ts';
import { changeSessionId, saveSession } from '../web/session.ts';
import { grant, refuse, renewalDue, withdraw } from './consent.ts';
import { currentDisclosure, paragraphsOf } from './disclosure.ts';
import { consentForm, withdrawalForm } from './forms.ts';
import { guardiansOf } from './guardian.ts';
import { BadGuardianLink, openGuardian } from './guardian-session.ts';
import { standingOf } from './standing.ts';
import { childOnPage } from './standing-words.ts';

/** What a mail leads to: the guardian's page, and the page to withdraw. */
const opened = ['/guardian', '/guardian/withdrawal'];

/** Before sessions: a link that we did not sign costs no query. */
export const guardianLinks = Router();
guardianLinks.get(
  opened,
  checkLink('guardian', () => new BadGuardianLink()),
);

/** The guardian's door: by link, without an account. */
export const guardians = Router();
guardians.get(opened, exchange);
guardians.get('/guardian', showGuardian);
guardians.post('/guardian/consent', submitConsent);
guardians.post('/guardian/refusal', submitRefusal);
guardians.get('/guardian/withdrawal', showWithdrawal);
guardians.post('/guardian/withdrawal', submitWithdrawal);

/** An opened link becomes an id in the session and a clean address, so the secret is in no history and no log. */
async function exchange(...[req, res, next]: Parameters<RequestHandler>): Promise<void> {
  const { linkId: guardianId } = res.locals;
  if (guardianId === undefined) return next();
  await openGuardian(req, res, guardianId);
  if (req.method === 'GET') {
    // An attacker may have planted the cookie that this browser came with: its old session must not see the page.
    await changeSessionId(req);
    req.session.guardianId = guardianId;
    await saveSession(req);
  }
  res.redirect(303, req.path);
}

async function showGuardian(req: Request, res: Response): Promise<void> {
  await renderGuardian(emptyForm, req, res);
}

async function renderGuardian(form: FormState, req: Request, res: Response): Promise<void> {
  const { guardian, ward, shared } = await openGuardian(req, res);
  const disclosure = await currentDisclosure();
  const policy = await readSettings();
  const now = new Date();
  const others = (await guardiansOf(ward.profileId)).filter(({ id }) => id !== guardian.id);
  res.render('consent/guardian', {
    ...form,
    guardian,
    child: childOnPage(shared, policy, now),
    standing: standingOf(ward, policy, now),
    renewable: renewalDue(ward, now),
    until: ward.consentExpiresAt,
    hasOther: others.length > 0,
    disclosure,
    paragraphs: await paragraphsOf(disclosure),
  });
}

async function submitConsent(req: Request, res: Response): Promise<void> {
  const { guardian, ward } = await openGuardian(req, res);
  const form = readForm(consentForm, req.body);
  const granted = await form.run(async () => {
    await grant(guardian.id, actorOf(req, res));
    return true;
  });
  if (!granted) {
    res.status(422);
    return renderGuardian({ values: form.values, errors: form.errors }, req, res);
  }
  await answer(`Thank you. You have given permission for ${ward.firstName}.`, req, res);
}

async function submitRefusal(req: Request, res: Response): Promise<void> {
  const { guardian, ward } = await openGuardian(req, res);
  await refuse(guardian.id, actorOf(req, res));
  await answer(`Thank you for your answer. ${ward.firstName} has no access.`, req, res);
}

async function showWithdrawal(req: Request, res: Response): Promise<void> {
  await renderWithdrawal(emptyForm, req, res);
}

async function renderWithdrawal(form: FormState, req: Request, res: Response): Promise<void> {
  const { ward } = await openGuardian(req, res);
  if (standingOf(ward, await readSettings(), new Date()) !== 'supervised')
    return res.redirect(303, '/guardian');
  res.render('consent/withdrawal', { ...form, ward });
}

async function submitWithdrawal(req: Request, res: Response): Promise<void> {
  const { guardian, ward } = await openGuardian(req, res);
  const form = readForm(withdrawalForm, req.body);
  const withdrawn = await form.run(async () => {
    await withdraw(guardian.id, actorOf(req, res));
    return true;
  });
  if (!withdrawn) {
    res.status(422);
    return renderWithdrawal({ values: form.values, errors: form.errors }, req, res);
  }
  await answer(`Your permission is withdrawn. ${ward.firstName}’s access has ended.`, req, res);
}

async function answer(message: string, req: Request, res: Response): Promise<void> {
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, '/guardian');
}
