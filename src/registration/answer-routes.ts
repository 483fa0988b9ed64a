import { type Request, type Response, Router } from 'express';
import { actorOf } from '../accounts/guard.ts';
import { decline } from '../invitations/answer.ts';
import { findLink } from '../invitations/link.ts';
import { askForLink } from '../invitations/link-request.ts';
import { emptyForm, readForm } from '../web/form.ts';
import { countTry, placeOf } from '../web/rate-limit.ts';
import { renewSession, saveSession } from '../web/session.ts';
import { admittedLink, whyDead } from './admission.ts';
import { declineForm, newLinkForm } from './forms.ts';

/** The other answers to an invitation: no, not as this account, and "I lost it". */
export const otherAnswers = Router();
otherAnswers.get('/register/decline', showDecline);
otherAnswers.post('/register/decline', submitDecline);
otherAnswers.post('/register/switch', submitSwitch);
otherAnswers.get('/register/new-link', showNewLink);
otherAnswers.post('/register/new-link', submitNewLink);

async function showDecline(req: Request, res: Response): Promise<void> {
  const link = await admittedLink(req);
  if (!req.session.admission?.mailbox_proven) return res.redirect(303, '/register');
  res.render('registration/decline', { ...emptyForm, link });
}

async function submitDecline(req: Request, res: Response): Promise<void> {
  const link = await admittedLink(req);
  if (!req.session.admission?.mailbox_proven) return res.redirect(303, '/register');
  const form = readForm(declineForm, req.body);
  const declined = await form.run(({ reason }) => decline(link.linkId, reason, actorOf(req, res)));
  if (declined === null) {
    res.status(422).render('registration/decline', { values: form.values, errors: form.errors, link });
    return;
  }
  if (!declined) {
    const now = await findLink(link.linkId);
    const dead = now && (await whyDead(now));
    if (dead) throw dead;
  }
  delete req.session.admission;
  res.render('registration/declined');
}

/** Signs out and goes on with the same invitation: only ever by this button. */
async function submitSwitch(req: Request, res: Response): Promise<void> {
  await admittedLink(req);
  const { admission } = req.session;
  await renewSession(req);
  if (admission) req.session.admission = admission;
  await saveSession(req);
  res.redirect(303, '/register');
}

function showNewLink(_req: Request, res: Response): void {
  res.render('registration/new-link', emptyForm);
}

async function submitNewLink(req: Request, res: Response): Promise<void> {
  const form = readForm(newLinkForm, req.body);
  const taken = await form.run(async ({ email }) => {
    await countTry('newLink', placeOf(req));
    await askForLink(email);
    return true;
  });
  if (taken) return res.render('registration/new-link-sent');
  res.status(422).render('registration/new-link', { values: form.values, errors: form.errors });
}
