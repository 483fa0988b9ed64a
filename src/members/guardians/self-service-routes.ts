import { type Request, type Response, Router } from 'express';
import { requestErasure } from '../../consents/erasure.ts';
import { collectGuardianData } from '../../consents/guardians/personal-data.ts';
import { addSecondGuardian } from '../../consents/guardians/second-guardian.ts';
import { requestGuardianLink } from '../../consents/guardians/support.ts';
import { consumeAttempt } from '../../platform/db/rate-limit.ts';
import { clientNetwork } from '../../platform/http/client-network.ts';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { actorOf } from '../../sign-in/guard.ts';
import { erasureForm, guardianForm, newLinkForm } from './forms.ts';
import { getOpenedGuardianLink } from './session.ts';

/** Download, erasure, a second guardian, and a new link. */
export const guardianSelfServiceRoutes = Router();
guardianSelfServiceRoutes.get('/guardian/data.json', sendData);
guardianSelfServiceRoutes.get('/guardian/erasure', showErasure);
guardianSelfServiceRoutes.post('/guardian/erasure', submitErasure);
guardianSelfServiceRoutes.get('/guardian/second-guardian', showSecondGuardian);
guardianSelfServiceRoutes.post('/guardian/second-guardian', submitSecondGuardian);
guardianSelfServiceRoutes.get('/guardian/new-link', showNewLink);
guardianSelfServiceRoutes.post('/guardian/new-link', submitNewLink);

async function sendData(req: Request, res: Response): Promise<void> {
  const { guardian, combinedProfile } = await getOpenedGuardianLink(req, res);
  const data = await collectGuardianData(guardian, combinedProfile);
  res.set('Content-Disposition', 'attachment; filename="homecoming-guardian-data.json"');
  res.type('json').send(JSON.stringify(data, null, 2));
}

async function showErasure(req: Request, res: Response): Promise<void> {
  await renderErasure(emptyForm, req, res);
}

async function renderErasure(form: FormState, req: Request, res: Response): Promise<void> {
  const { guardian, ownProfile: profile } = await getOpenedGuardianLink(req, res);
  if (guardian.erasureRequestedAt !== null) return res.redirect(303, '/guardian');
  res.render('members/guardians/erasure', { ...form, profile });
}

async function submitErasure(req: Request, res: Response): Promise<void> {
  const { guardian, ownProfile: profile } = await getOpenedGuardianLink(req, res);
  const form = readForm(erasureForm, req.body);
  const requested = await form.run(async () => {
    await requestErasure(guardian.id, actorOf(req, res));
    return true;
  });
  if (!requested) {
    res.status(422);
    return renderErasure({ values: form.values, errors: form.errors }, req, res);
  }
  const message = t('consents:erasure.requested', { firstName: profile.firstName });
  await redirectToGuardianPage(message, req, res);
}

async function showSecondGuardian(req: Request, res: Response): Promise<void> {
  await renderSecondGuardian(emptyForm, req, res);
}

async function renderSecondGuardian(form: FormState, req: Request, res: Response): Promise<void> {
  const { ownProfile: profile } = await getOpenedGuardianLink(req, res);
  res.render('members/guardians/second-guardian', { ...form, profile });
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
      ? t('consents:secondGuardian.added', { email: form.data?.guardianEmail ?? '' })
      : t('consents:secondGuardian.held', { email: form.data?.guardianEmail ?? '' });
  await redirectToGuardianPage(message, req, res);
}

function showNewLink(_req: Request, res: Response): void {
  res.render('members/guardians/new-link', emptyForm);
}

async function submitNewLink(req: Request, res: Response): Promise<void> {
  const form = readForm(newLinkForm, req.body);
  const requested = await form.run(async ({ email }) => {
    await consumeAttempt('newLink', clientNetwork(req));
    await requestGuardianLink(email);
    return true;
  });
  if (requested) return res.render('members/guardians/new-link-sent');
  res.status(422).render('members/guardians/new-link', { values: form.values, errors: form.errors });
}

async function redirectToGuardianPage(message: string, req: Request, res: Response): Promise<void> {
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, '/guardian');
}
