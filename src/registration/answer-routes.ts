import { type Request, type Response, Router } from 'express';
import { actorOf } from '../accounts/guard.ts';
import { decline, undoDecline } from '../invitations/answer.ts';
import { askForLink } from '../invitations/invitation-request.ts';
import { type FoundLink, findLink } from '../invitations/link.ts';
import { signLink, verifyLink } from '../links.ts';
import { flash } from '../web/flash.ts';
import { emptyForm, readForm } from '../web/form.ts';
import { countBadLink, countTry, placeOf } from '../web/rate-limit.ts';
import { changeSessionId, renewVisitorsSession, saveSession } from '../web/session.ts';
import { BadInvitationLink, mayUndoDecline, whyDead } from './dead-link.ts';
import { declineForm, newLinkForm } from './forms.ts';
import { NotOpened, openedLink, openedOf, pageOf, rememberOpened } from './opened-invitations.ts';

/** The other answers to an invitation: no, not as this account, and "I lost it". */
export const otherAnswers = Router();
otherAnswers.get('/register/decline', showDecline);
otherAnswers.post('/register/decline', submitDecline);
otherAnswers.get('/register/declined', showDeclined);
otherAnswers.post('/register/decline/undoing', submitUndoing);
otherAnswers.post('/register/switch', submitSwitch);
otherAnswers.get('/register/new-link', showNewLink);
otherAnswers.post('/register/new-link', submitNewLink);
otherAnswers.get('/register/new-link/sent', showNewLinkSent);

async function showDecline(req: Request, res: Response): Promise<void> {
  const link = await openedLink(req);
  if (!openedOf(link, req)?.mailbox_proven) return res.redirect(303, pageOf(link, req));
  res.render('registration/decline', { ...emptyForm, link });
}

async function submitDecline(req: Request, res: Response): Promise<void> {
  const link = await openedLink(req);
  if (!openedOf(link, req)?.mailbox_proven) return res.redirect(303, pageOf(link, req));
  const form = readForm(declineForm, req.body);
  const declined = await form.run(({ reason }) => decline(link.linkId, reason, actorOf(req, res)));
  if (declined === null) {
    res.status(422).render('registration/decline', { values: form.values, errors: form.errors, link });
    return;
  }
  if (!declined) await openedLink(req);
  res.redirect(303, `/register/declined?invitation=${link.invitationId}`);
}

async function showDeclined(req: Request, res: Response): Promise<void> {
  const opened = req.session.openedInvitations?.[String(req.query.invitation)];
  const link = opened ? await findLink(opened.token_id) : null;
  if (!link) throw new NotOpened();
  if (link.declinedAt === null) return res.redirect(303, pageOf(link, req));
  const token = link.expiresAt > new Date() ? signLink('invitation', link.linkId) : null;
  res.render('registration/declined', { reason: link.declinedReason, token });
}

/** "I changed my mind": by the link of the e-mail, or in the browser that declined. */
async function submitUndoing(req: Request, res: Response): Promise<void> {
  const link = await linkOfButton(req);
  const isProven = openedOf(link, req)?.mailbox_proven ?? false;
  const undone = mayUndoDecline(link, isProven) && (await undoDecline(link.linkId, actorOf(req, res)));
  const dead = undone ? null : await whyDead(link, isProven);
  if (dead) throw dead;
  await changeSessionId(req);
  rememberOpened(link, { isProven: isProven || link.delivery === 'mail', mayBePerson: false }, req);
  if (undone) flash(req, 'success', 'Good to have you back. Your invitation is open again.');
  await saveSession(req);
  res.redirect(303, pageOf(link, req));
}

/** Signs out and goes on with the same invitation: only ever by this button. */
async function submitSwitch(req: Request, res: Response): Promise<void> {
  const link = await openedLink(req);
  await renewVisitorsSession(req);
  await saveSession(req);
  res.redirect(303, pageOf(link, req));
}

function showNewLink(_req: Request, res: Response): void {
  res.render('registration/new-link', emptyForm);
}

/** By typing the address, or by the one button on the page of a link that no longer works. */
async function submitNewLink(req: Request, res: Response): Promise<void> {
  if (req.body?.token !== undefined) return submitNewLinkButton(req, res);
  const form = readForm(newLinkForm, req.body);
  const taken = await form.run(async ({ email }) => {
    await countTry('newLink', placeOf(req));
    await askForLink(email);
    return true;
  });
  if (taken) return res.redirect(303, '/register/new-link/sent');
  res.status(422).render('registration/new-link', { values: form.values, errors: form.errors });
}

async function submitNewLinkButton(req: Request, res: Response): Promise<void> {
  const link = await linkOfButton(req);
  await countTry('newLink', placeOf(req));
  const isOpen = link.acceptedAt === null && link.revokedAt === null && link.declinedAt === null;
  if (!isOpen || link.madeFor.toLowerCase() !== link.email.toLowerCase())
    throw (await whyDead(link)) ?? new BadInvitationLink();
  await askForLink(link.email);
  res.redirect(303, '/register/new-link/sent');
}

function showNewLinkSent(_req: Request, res: Response): void {
  res.render('registration/new-link-sent');
}

/** The link that a page with one button is about. @throws BadInvitationLink for what we did not sign */
async function linkOfButton(req: Request): Promise<FoundLink> {
  const linkId = verifyLink('invitation', req.body?.token);
  const link = linkId === null ? null : await findLink(linkId);
  if (link) return link;
  await countBadLink(req);
  throw new BadInvitationLink();
}
