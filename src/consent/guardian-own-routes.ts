import { type Request, type Response, Router } from 'express';
import { actorOf } from '../accounts/guard.ts';
import { flash } from '../web/flash.ts';
import { emptyForm, type FormState, readForm } from '../web/form.ts';
import { clientNetwork, consumeAttempt } from '../web/rate-limit.ts';
import { saveSession } from '../web/session.ts';
import { requestErasure } from './erasure.ts';
import { erasureForm, guardianForm, newLinkForm } from './forms.ts';
import { collectGuardianData } from './guardian-data.ts';
import { requestGuardianLink } from './guardian-help.ts';
import { getOpenedGuardianLink } from './guardian-session.ts';
import { addSecondGuardian } from './second-guardian.ts';

/** What a guardian may do beside deciding: take the data, have it erased, add a second guardian, get the link again. */
export const guardianSelfServiceRoutes = Router();
guardianSelfServiceRoutes.get('/guardian/data.json', sendData);
guardianSelfServiceRoutes.get('/guardian/erasure', showErasure);
guardianSelfServiceRoutes.post('/guardian/erasure', submitErasure);
guardianSelfServiceRoutes.get('/guardian/second', showSecondGuardian);
guardianSelfServiceRoutes.post('/guardian/second', submitSecondGuardian);
guardianSelfServiceRoutes.get('/guardian/new-link', showNewLink);
guardianSelfServiceRoutes.post('/guardian/new-link', submitNewLink);

async function sendData(req: Request, res: Response): Promise<void> {
  const { guardian, shared: combinedProfile } = await getOpenedGuardianLink(req, res);
  const data = await collectGuardianData(guardian, combinedProfile);
  res.set('Content-Disposition', 'attachment; filename="homecoming-guardian-data.json"');
  res.type('json').send(JSON.stringify(data, null, 2));
}

async function showErasure(req: Request, res: Response): Promise<void> {
  await renderErasure(emptyForm, req, res);
}

async function renderErasure(form: FormState, req: Request, res: Response): Promise<void> {
  const { guardian, ward: profile } = await getOpenedGuardianLink(req, res);
  if (guardian.erasureAskedAt !== null) return res.redirect(303, '/guardian');
  res.render('consent/erasure', { ...form, ward: profile });
}

async function submitErasure(req: Request, res: Response): Promise<void> {
  const { guardian, ward: profile } = await getOpenedGuardianLink(req, res);
  const form = readForm(erasureForm, req.body);
  const requested = await form.run(async () => {
    await requestErasure(guardian.id, actorOf(req, res));
    return true;
  });
  if (!requested) {
    res.status(422);
    return renderErasure({ values: form.values, errors: form.errors }, req, res);
  }
  const message = `We have your request, and ${profile.firstName} has no access any more. The alumni office will erase the data and write to you.`;
  await redirectToGuardianPage(message, req, res);
}

async function showSecondGuardian(req: Request, res: Response): Promise<void> {
  await renderSecondGuardian(emptyForm, req, res);
}

async function renderSecondGuardian(form: FormState, req: Request, res: Response): Promise<void> {
  const { ward: profile } = await getOpenedGuardianLink(req, res);
  res.render('consent/second-guardian', { ...form, ward: profile });
}

async function submitSecondGuardian(req: Request, res: Response): Promise<void> {
  const { guardian } = await getOpenedGuardianLink(req, res);
  const form = readForm(guardianForm, req.body);
  const added = await form.run(async ({ guardianName: name, guardianEmail: email }) => ({
    hold: await addSecondGuardian(guardian.id, { name, email }, 'guardian', actorOf(req, res)),
  }));
  if (!added) {
    res.status(422);
    return renderSecondGuardian({ values: form.values, errors: form.errors }, req, res);
  }
  const message =
    added.hold === null
      ? `We have written to ${form.values.guardianEmail}.`
      : `Thank you. The alumni office checks the address ${form.values.guardianEmail} first, and then writes to it.`;
  await redirectToGuardianPage(message, req, res);
}

function showNewLink(_req: Request, res: Response): void {
  res.render('consent/new-link', emptyForm);
}

async function submitNewLink(req: Request, res: Response): Promise<void> {
  const form = readForm(newLinkForm, req.body);
  const taken = await form.run(async ({ email }) => {
    await consumeAttempt('newLink', clientNetwork(req));
    await requestGuardianLink(email);
    return true;
  });
  if (taken) return res.render('consent/new-link-sent');
  res.status(422).render('consent/new-link', { values: form.values, errors: form.errors });
}

async function redirectToGuardianPage(message: string, req: Request, res: Response): Promise<void> {
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, '/guardian');
}
