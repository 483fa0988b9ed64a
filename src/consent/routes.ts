import { type Request, type Response, Router } from 'express';
import { accountOf, actorOf, requireAccount } from '../accounts/guard.ts';
import { earliestReturn } from '../alumni/age.ts';
import { readSettings } from '../settings.ts';
import { type Flash, flash } from '../web/flash.ts';
import { emptyForm, type FormState, readForm } from '../web/form.ts';
import { saveSession } from '../web/session.ts';
import { requireAccess } from './access.ts';
import { askAgain } from './asking.ts';
import { childrenToDecide, decideFor, withdrawFor } from './children.ts';
import { currentDisclosure, paragraphsOf } from './disclosure.ts';
import { consentForm, guardianForm } from './forms.ts';
import { hasConsented, lastNamed } from './guardian.ts';
import { accountStanding, hasAccess, ownYear, type Ward, wardsOf } from './standing.ts';
import { childOnPage, whyHeld } from './standing-words.ts';

/** A parent's consent for the children of the account, which can be withdrawn without access too, and the page of whoever waits. */
export const consents = Router();
consents.get('/consent', requireAccount, requireAccess, showConsent);
consents.post('/consent', requireAccount, requireAccess, submitConsent);
consents.post('/consent/refusal', requireAccount, requireAccess, submitRefusal);
consents.post('/consent/:profileId/withdrawal', requireAccount, submitWithdrawal);
consents.get('/waiting', requireAccount, showWaiting);
consents.post('/waiting/requests', requireAccount, submitRequest);

async function showConsent(_req: Request, res: Response): Promise<void> {
  await renderConsent(emptyForm, res);
}

async function renderConsent(form: FormState, res: Response): Promise<void> {
  const children = await childrenToDecide(accountOf(res).id);
  if (children.length === 0) return res.redirect(303, '/home');
  const disclosure = await currentDisclosure();
  const policy = await readSettings();
  const now = new Date();
  res.render('consent/children', {
    ...form,
    children: children.map((child) => childOnPage(child, policy, now)),
    disclosure,
    paragraphs: await paragraphsOf(disclosure),
  });
}

async function submitConsent(req: Request, res: Response): Promise<void> {
  const form = readForm(consentForm, req.body);
  const children = await childrenToDecide(accountOf(res).id);
  const granted = await form.run(async () => {
    await decideFor(accountOf(res), children, 'grant', actorOf(req, res));
    return true;
  });
  if (!granted) {
    res.status(422);
    return renderConsent({ values: form.values, errors: form.errors }, res);
  }
  await goHome('success', `You have consented for ${namesOf(children)}.`, req, res);
}

async function submitRefusal(req: Request, res: Response): Promise<void> {
  const now = new Date();
  // A consent that is in force and only asks for renewal is withdrawn by its own button, never by this one.
  const children = (await childrenToDecide(accountOf(res).id)).filter(
    ({ consentExpiresAt }) => consentExpiresAt === null || consentExpiresAt <= now,
  );
  await decideFor(accountOf(res), children, 'refuse', actorOf(req, res));
  await goHome('notice', `You have not consented for ${namesOf(children)}. You can consent later.`, req, res);
}

async function submitWithdrawal(req: Request, res: Response): Promise<void> {
  await withdrawFor(accountOf(res), String(req.params.profileId), actorOf(req, res));
  await goHome('success', 'Your consent is withdrawn. Access has ended.', req, res);
}

async function showWaiting(_req: Request, res: Response): Promise<void> {
  await renderWaiting(emptyForm, res);
}

async function renderWaiting(form: FormState, res: Response): Promise<void> {
  const account = accountOf(res);
  const wards = await wardsOf(account.id);
  const policy = await readSettings();
  const now = new Date();
  const standing = accountStanding(account, wards, policy, now);
  if (hasAccess(standing) || standing === 'unknown') return res.redirect(303, '/home');
  const yearOfBirth = ownYear(account, wards);
  if (standing === 'held') return res.render('consent/held', { why: whyHeld(account) });
  if (standing === 'blocked' && yearOfBirth !== null)
    return res.render('consent/blocked', { returnOn: earliestReturn(yearOfBirth, policy) });
  const self = await waitingSelf(res);
  if (!self) throw new Error('only a minor with a record waits for a guardian');
  const guardian = await lastNamed(self.profileId);
  res.render('consent/waiting', {
    ...form,
    profile: childOnPage(self, policy, now),
    guardian,
    // Nobody takes the place of a guardian who has consented.
    isSettled: guardian !== null && (await hasConsented(guardian.id)),
  });
}

async function submitRequest(req: Request, res: Response): Promise<void> {
  const self = await waitingSelf(res);
  if (!self) return res.redirect(303, '/home');
  const account = accountOf(res);
  const form = readForm(guardianForm, req.body);
  const asked = await form.run(async ({ guardianName: name, guardianEmail: email }) => ({
    hold: await askAgain(self, account.email, { name, email }, actorOf(req, res)),
  }));
  if (!asked) {
    res.status(422);
    return renderWaiting({ values: form.values, errors: form.errors }, res);
  }
  const said =
    asked.hold === null
      ? `We have written to ${form.values.guardianEmail}.`
      : `Thank you. The alumni office checks the address ${form.values.guardianEmail} first.`;
  flash(req, 'success', said);
  await saveSession(req);
  res.redirect(303, '/waiting');
}

/** The profile of a minor for whom a guardian can consent; null for everybody else. */
async function waitingSelf(res: Response): Promise<Ward | null> {
  const account = accountOf(res);
  const wards = await wardsOf(account.id);
  const standing = accountStanding(account, wards, await readSettings(), new Date());
  if (hasAccess(standing) || standing === 'held' || standing === 'unknown') return null;
  return wards.find(({ relationship }) => relationship === 'self') ?? null;
}

function namesOf(children: readonly Ward[]): string {
  return new Intl.ListFormat('en-GB').format(children.map(({ firstName }) => firstName));
}

async function goHome(kind: Flash['kind'], message: string, req: Request, res: Response): Promise<void> {
  flash(req, kind, message);
  await saveSession(req);
  res.redirect(303, '/home');
}
