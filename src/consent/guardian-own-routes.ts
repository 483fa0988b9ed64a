import { type Request, type Response, Router } from 'express';
import { actorOf } from '../accounts/guard.ts';
import { flash } from '../web/flash.ts';
import { emptyForm, type FormState, readForm } from '../web/form.ts';
import { countTry, placeOf } from '../web/rate-limit.ts';
import { saveSession } from '../web/session.ts';
import { askForErasure } from './erasure.ts';
import { erasureForm, guardianForm, newLinkForm } from './forms.ts';
import { dataForGuardian } from './guardian-data.ts';
import { requestGuardianLink } from './guardian-help.ts';
import { openGuardian } from './guardian-session.ts';
import { addSecondGuardian } from './second-guardian.ts';

/** What a guardian may do beside deciding: take the data, have it erased, add a second guardian, get the link again. */
export const guardianRights = Router();
guardianRights.get('/guardian/data.json', sendData);
guardianRights.get('/guardian/erasure', showErasure);
guardianRights.post('/guardian/erasure', submitErasure);
guardianRights.get('/guardian/second', showSecond);
guardianRights.post('/guardian/second', submitSecond);
guardianRights.get('/guardian/new-link', showNewLink);
guardianRights.post('/guardian/new-link', submitNewLink);

async function sendData(req: Request, res: Response): Promise<void> {
  const { guardian, shared } = await openGuardian(req, res);
  const data = await dataForGuardian(guardian, shared);
  res.set('Content-Disposition', 'attachment; filename="homecoming-guardian-data.json"');
  res.type('json').send(JSON.stringify(data, null, 2));
}

async function showErasure(req: Request, res: Response): Promise<void> {
  await renderErasure(emptyForm, req, res);
}

async function renderErasure(form: FormState, req: Request, res: Response): Promise<void> {
  const { guardian, ward } = await openGuardian(req, res);
  if (guardian.erasureAskedAt !== null) return res.redirect(303, '/guardian');
  res.render('consent/erasure', { ...form, ward });
}

async function submitErasure(req: Request, res: Response): Promise<void> {
  const { guardian, ward } = await openGuardian(req, res);
  const form = readForm(erasureForm, req.body);
  const asked = await form.run(async () => {
    await askForErasure(guardian.id, actorOf(req, res));
    return true;
  });
  if (!asked) {
    res.status(422);
    return renderErasure({ values: form.values, errors: form.errors }, req, res);
  }
  const said = `We have your request, and ${ward.firstName} has no access any more. The alumni office will erase the data and write to you.`;
  await back(said, req, res);
}

async function showSecond(req: Request, res: Response): Promise<void> {
  await renderSecond(emptyForm, req, res);
}

async function renderSecond(form: FormState, req: Request, res: Response): Promise<void> {
  const { ward } = await openGuardian(req, res);
  res.render('consent/second-guardian', { ...form, ward });
}

async function submitSecond(req: Request, res: Response): Promise<void> {
  const { guardian } = await openGuardian(req, res);
  const form = readForm(guardianForm, req.body);
  const added = await form.run(async ({ guardianName: name, guardianEmail: email }) => ({
    hold: await addSecondGuardian(guardian.id, { name, email }, 'guardian', actorOf(req, res)),
  }));
  if (!added) {
    res.status(422);
    return renderSecond({ values: form.values, errors: form.errors }, req, res);
  }
  const said =
    added.hold === null
      ? `We have written to ${form.values.guardianEmail}.`
      : `Thank you. The alumni office checks the address ${form.values.guardianEmail} first, and then writes to it.`;
  await back(said, req, res);
}

function showNewLink(_req: Request, res: Response): void {
  res.render('consent/new-link', emptyForm);
}

async function submitNewLink(req: Request, res: Response): Promise<void> {
  const form = readForm(newLinkForm, req.body);
  const taken = await form.run(async ({ email }) => {
    await countTry('newLink', placeOf(req));
    await requestGuardianLink(email);
    return true;
  });
  if (taken) return res.render('consent/new-link-sent');
  res.status(422).render('consent/new-link', { values: form.values, errors: form.errors });
}

async function back(message: string, req: Request, res: Response): Promise<void> {
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, '/guardian');
}
