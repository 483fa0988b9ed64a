import { type Request, type Response, Router } from 'express';
import { firstUnblockedDay } from '../../alumni/age.ts';
import { decideForChildren, listChildrenNeedingDecision, withdrawForChild } from '../../consents/children.ts';
import { requestConsentAgain } from '../../consents/consent-requests.ts';
import { getCurrentDisclosure, paragraphsOf } from '../../consents/disclosure.ts';
import { findLastNamedGuardian, hasEverConsented } from '../../consents/guardians/guardian.ts';
import {
  accountAccessOf,
  hasAccess,
  listProfileAccess,
  ownYearOfBirth,
  type ProfileAccess,
} from '../../consents/profile-access.ts';
import { requireAccess } from '../../pages/access-guard.ts';
import { describeHold, describeProfile } from '../../pages/describe-access.ts';
import { type Flash, flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { readSettings } from '../../settings/settings.ts';
import { accountOf, actorOf, requireAccount } from '../../sign-in/guard.ts';
import { consentForm, guardianForm } from '../guardians/forms.ts';

/** Consent by a parent with an account, and the page for those without access. Withdrawing requires no access. */
export const consentRoutes = Router();
consentRoutes.get('/consent', requireAccount, requireAccess, showConsent);
consentRoutes.post('/consent', requireAccount, requireAccess, submitConsent);
consentRoutes.post('/consent/refusal', requireAccount, requireAccess, submitRefusal);
consentRoutes.post('/consent/:profileId/withdrawal', requireAccount, submitWithdrawal);
consentRoutes.get('/waiting', requireAccount, showWaiting);
consentRoutes.post('/waiting/requests', requireAccount, submitRequest);

async function showConsent(_req: Request, res: Response): Promise<void> {
  await renderConsent(emptyForm, res);
}

async function renderConsent(form: FormState, res: Response): Promise<void> {
  const children = await listChildrenNeedingDecision(accountOf(res).id);
  if (children.length === 0) return res.redirect(303, '/home');
  const disclosure = await getCurrentDisclosure();
  const policy = await readSettings();
  const now = new Date();
  res.render('members/consents/children', {
    ...form,
    children: children.map((child) => describeProfile(child, policy, now)),
    disclosure,
    paragraphs: await paragraphsOf(disclosure),
  });
}

async function submitConsent(req: Request, res: Response): Promise<void> {
  const form = readForm(consentForm, req.body);
  const children = await listChildrenNeedingDecision(accountOf(res).id);
  const granted = await form.run(async () => {
    await decideForChildren(accountOf(res), children, 'grant', actorOf(req, res));
    return true;
  });
  if (!granted) {
    res.status(422);
    return renderConsent({ values: form.values, errors: form.errors }, res);
  }
  await redirectHome('success', t('consents:children.granted', { names: firstNames(children) }), req, res);
}

async function submitRefusal(req: Request, res: Response): Promise<void> {
  const now = new Date();
  // A consent that is due for renewal but still in force has its own button for withdrawing.
  const children = (await listChildrenNeedingDecision(accountOf(res).id)).filter(
    ({ consentExpiresAt }) => consentExpiresAt === null || consentExpiresAt <= now,
  );
  await decideForChildren(accountOf(res), children, 'refuse', actorOf(req, res));
  await redirectHome('notice', t('consents:children.refused', { names: firstNames(children) }), req, res);
}

async function submitWithdrawal(req: Request, res: Response): Promise<void> {
  await withdrawForChild(accountOf(res), String(req.params.profileId), actorOf(req, res));
  await redirectHome('success', t('consents:children.withdrawn'), req, res);
}

async function showWaiting(_req: Request, res: Response): Promise<void> {
  await renderWaiting(emptyForm, res);
}

async function renderWaiting(form: FormState, res: Response): Promise<void> {
  const account = accountOf(res);
  const profiles = await listProfileAccess(account.id);
  const policy = await readSettings();
  const now = new Date();
  const access = accountAccessOf(account, profiles, policy, now);
  if (hasAccess(access) || access === 'age-unknown') return res.redirect(303, '/home');
  const yearOfBirth = ownYearOfBirth(account, profiles);
  if (access === 'held-for-review')
    return res.render('members/consents/held', { reason: describeHold(account) });
  if (access === 'blocked' && yearOfBirth !== null)
    return res.render('members/consents/blocked', { returnOn: firstUnblockedDay(yearOfBirth, policy) });
  const self = await findOwnWaitingProfile(res);
  if (!self) throw new Error('an account without access has neither a hold nor a profile of its own');
  const guardian = await findLastNamedGuardian(self.profileId);
  res.render('members/consents/waiting', {
    ...form,
    profile: describeProfile(self, policy, now),
    guardian,
    // Such a guardian can't be replaced.
    hasConsentedGuardian: guardian !== null && (await hasEverConsented(guardian.id)),
  });
}

async function submitRequest(req: Request, res: Response): Promise<void> {
  const self = await findOwnWaitingProfile(res);
  if (!self) return res.redirect(303, '/home');
  const account = accountOf(res);
  const form = readForm(guardianForm, req.body);
  const requested = await form.run(async ({ guardianName: name, guardianEmail: email }) => ({
    hold: await requestConsentAgain(self, account.email, { name, email }, actorOf(req, res)),
  }));
  if (!requested) {
    res.status(422);
    return renderWaiting({ values: form.values, errors: form.errors }, res);
  }
  const message =
    requested.hold === null
      ? t('consents:waiting.requested', { email: form.data?.guardianEmail ?? '' })
      : t('consents:waiting.requestHeld', { email: form.data?.guardianEmail ?? '' });
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, '/waiting');
}

/** The signed-in minor's own profile; null if a guardian's consent isn't what they need. */
async function findOwnWaitingProfile(res: Response): Promise<ProfileAccess | null> {
  const account = accountOf(res);
  const profiles = await listProfileAccess(account.id);
  const access = accountAccessOf(account, profiles, await readSettings(), new Date());
  if (hasAccess(access) || access === 'held-for-review' || access === 'age-unknown') return null;
  return profiles.find(({ relationship }) => relationship === 'self') ?? null;
}

function firstNames(children: readonly ProfileAccess[]): string[] {
  return children.map(({ firstName }) => firstName);
}

async function redirectHome(
  kind: Flash['kind'],
  message: string,
  req: Request,
  res: Response,
): Promise<void> {
  flash(req, kind, message);
  await saveSession(req);
  res.redirect(303, '/home');
}
