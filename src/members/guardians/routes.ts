import { type Request, type RequestHandler, type Response, Router } from 'express';
import { grantConsent, isRenewalDue, refuseConsent, withdrawConsent } from '../../consents/decisions.ts';
import { getCurrentDisclosure, paragraphsOf } from '../../consents/disclosure.ts';
import { listCurrentGuardians } from '../../consents/guardians/guardian.ts';
import { accessStatusOf } from '../../consents/profile-access.ts';
import { describeProfile } from '../../pages/describe-access.ts';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { checkLinkToken } from '../../platform/http/link-token.ts';
import { rotateSessionId, saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { readSettings } from '../../settings/settings.ts';
import { actorOf } from '../../sign-in/guard.ts';
import { consentForm, withdrawalForm } from './forms.ts';
import { getOpenedGuardianLink, InvalidGuardianLink } from './session.ts';

/** The pages that our mails link to. */
const linkPaths = ['/guardian', '/guardian/withdrawal'];

/** Mounted before sessions, so that a forged link costs no query. */
export const guardianLinkRoutes = Router();
guardianLinkRoutes.get(
  linkPaths,
  checkLinkToken('guardian', () => new InvalidGuardianLink()),
);

/** The pages of a guardian, who needs a link but no account. */
export const guardianRoutes = Router();
guardianRoutes.get(linkPaths, exchangeLink);
guardianRoutes.get('/guardian', showGuardian);
guardianRoutes.post('/guardian/consent', submitConsent);
guardianRoutes.post('/guardian/refusal', submitRefusal);
guardianRoutes.get('/guardian/withdrawal', showWithdrawal);
guardianRoutes.post('/guardian/withdrawal', submitWithdrawal);

/** Stores the opened link's id in the session and redirects to a URL without the secret. */
async function exchangeLink(...[req, res, next]: Parameters<RequestHandler>): Promise<void> {
  const { linkId: guardianId } = res.locals;
  if (guardianId === undefined) return next();
  await getOpenedGuardianLink(req, res, guardianId);
  if (req.method === 'GET') {
    // Against session fixation: an attacker may have planted the session cookie.
    await rotateSessionId(req);
    req.session.guardianId = guardianId;
    await saveSession(req);
  }
  res.redirect(303, req.path);
}

async function showGuardian(req: Request, res: Response): Promise<void> {
  await renderGuardian(emptyForm, req, res);
}

async function renderGuardian(form: FormState, req: Request, res: Response): Promise<void> {
  const { guardian, ownProfile, combinedProfile } = await getOpenedGuardianLink(req, res);
  const disclosure = await getCurrentDisclosure();
  const policy = await readSettings();
  const now = new Date();
  const otherGuardians = (await listCurrentGuardians(ownProfile.profileId)).filter(
    ({ id }) => id !== guardian.id,
  );
  res.render('members/guardians/guardian', {
    ...form,
    guardian,
    child: describeProfile(combinedProfile, policy, now),
    access: accessStatusOf(ownProfile, policy, now),
    canRenew: isRenewalDue(ownProfile, now),
    validUntil: ownProfile.consentExpiresAt,
    hasOtherGuardian: otherGuardians.length > 0,
    disclosure,
    paragraphs: await paragraphsOf(disclosure),
  });
}

async function submitConsent(req: Request, res: Response): Promise<void> {
  const { guardian, ownProfile: profile } = await getOpenedGuardianLink(req, res);
  const form = readForm(consentForm, req.body);
  const granted = await form.run(async () => {
    await grantConsent(guardian.id, actorOf(req, res));
    return true;
  });
  if (!granted) {
    res.status(422);
    return renderGuardian({ values: form.values, errors: form.errors }, req, res);
  }
  await redirectToGuardianPage(t('consents:guardian.granted', { firstName: profile.firstName }), req, res);
}

async function submitRefusal(req: Request, res: Response): Promise<void> {
  const { guardian, ownProfile: profile } = await getOpenedGuardianLink(req, res);
  await refuseConsent(guardian.id, actorOf(req, res));
  await redirectToGuardianPage(
    t('consents:guardian.refusedFlash', { firstName: profile.firstName }),
    req,
    res,
  );
}

async function showWithdrawal(req: Request, res: Response): Promise<void> {
  await renderWithdrawal(emptyForm, req, res);
}

async function renderWithdrawal(form: FormState, req: Request, res: Response): Promise<void> {
  const { ownProfile: profile } = await getOpenedGuardianLink(req, res);
  if (accessStatusOf(profile, await readSettings(), new Date()) !== 'supervised')
    return res.redirect(303, '/guardian');
  res.render('members/guardians/withdrawal', { ...form, profile });
}

async function submitWithdrawal(req: Request, res: Response): Promise<void> {
  const { guardian, ownProfile: profile } = await getOpenedGuardianLink(req, res);
  const form = readForm(withdrawalForm, req.body);
  const withdrawn = await form.run(async () => {
    await withdrawConsent(guardian.id, actorOf(req, res));
    return true;
  });
  if (!withdrawn) {
    res.status(422);
    return renderWithdrawal({ values: form.values, errors: form.errors }, req, res);
  }
  await redirectToGuardianPage(
    t('consents:guardian.withdrawnFlash', { firstName: profile.firstName }),
    req,
    res,
  );
}

async function redirectToGuardianPage(message: string, req: Request, res: Response): Promise<void> {
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, '/guardian');
}
