import { type Request, type Response, Router } from 'express';
import {
  canUndoDecline,
  findLinkError,
  InvalidInvitationLink,
} from '../accounts/registration/link-errors.ts';
import { type FoundLink, findLink } from '../invitations/link.ts';
import { requestNewLink } from '../invitations/requests/invitation-request.ts';
import { declineInvitation, undoDecline } from '../invitations/response.ts';
import {
  findOpenedInvitation,
  getOpenedLink,
  InvitationNotOpened,
  registrationPath,
  saveOpenedInvitation,
} from '../pages/opened-invitations.ts';
import { signLinkToken, verifyLinkToken } from '../platform/crypto/signed-links.ts';
import { consumeAttempt, recordInvalidLink } from '../platform/db/rate-limit.ts';
import { clientNetwork } from '../platform/http/client-network.ts';
import { flash } from '../platform/http/flash.ts';
import { emptyForm, readForm } from '../platform/http/form.ts';
import { resetToVisitorSession, rotateSessionId, saveSession } from '../platform/http/session.ts';
import { t } from '../platform/i18n/i18n.ts';
import { actorOf } from '../sign-in/guard.ts';
import { declineForm, newLinkForm } from './forms.ts';

/** Declining an invitation, switching accounts, and requesting a new link. */
export const invitationResponseRoutes = Router();
invitationResponseRoutes.get('/register/decline', showDecline);
invitationResponseRoutes.post('/register/decline', submitDecline);
invitationResponseRoutes.get('/register/declined', showDeclined);
invitationResponseRoutes.post('/register/decline/undo', submitDeclineUndo);
invitationResponseRoutes.post('/register/switch-account', submitAccountSwitch);
invitationResponseRoutes.get('/register/new-link', showNewLink);
invitationResponseRoutes.post('/register/new-link', submitNewLink);
invitationResponseRoutes.get('/register/new-link/sent', showNewLinkSent);

async function showDecline(req: Request, res: Response): Promise<void> {
  const link = await getOpenedLink(req);
  if (!findOpenedInvitation(link, req)?.mailbox_proven) return res.redirect(303, registrationPath(link, req));
  res.render('registration/decline', { ...emptyForm, link });
}

async function submitDecline(req: Request, res: Response): Promise<void> {
  const link = await getOpenedLink(req);
  if (!findOpenedInvitation(link, req)?.mailbox_proven) return res.redirect(303, registrationPath(link, req));
  const form = readForm(declineForm, req.body);
  const declined = await form.run(({ reason }) => declineInvitation(link.linkId, reason, actorOf(req, res)));
  if (declined === null) {
    res.status(422).render('registration/decline', { values: form.values, errors: form.errors, link });
    return;
  }
  if (!declined) await getOpenedLink(req);
  res.redirect(303, `/register/declined?invitation=${link.invitationId}`);
}

async function showDeclined(req: Request, res: Response): Promise<void> {
  const opened = req.session.openedInvitations?.[String(req.query.invitation)];
  const link = opened ? await findLink(opened.token_id) : null;
  if (!link) throw new InvitationNotOpened();
  if (link.declinedAt === null) return res.redirect(303, registrationPath(link, req));
  const token = link.expiresAt > new Date() ? signLinkToken('invitation', link.linkId) : null;
  res.render('registration/declined', { reason: link.declinedReason, token });
}

/** Undoes a decline, with the link in the mail or in the browser that declined. */
async function submitDeclineUndo(req: Request, res: Response): Promise<void> {
  const link = await getLinkFromBody(req);
  const isProven = findOpenedInvitation(link, req)?.mailbox_proven ?? false;
  const undone = canUndoDecline(link, isProven) && (await undoDecline(link.linkId, actorOf(req, res)));
  const linkError = undone ? null : await findLinkError(link, isProven);
  if (linkError) throw linkError;
  await rotateSessionId(req);
  saveOpenedInvitation(link, { isProven: isProven || link.delivery === 'mail', mayBePerson: false }, req);
  if (undone) flash(req, 'success', t('registration:declined.undone'));
  await saveSession(req);
  res.redirect(303, registrationPath(link, req));
}

/** Signs out and continues with the same invitation. */
async function submitAccountSwitch(req: Request, res: Response): Promise<void> {
  const link = await getOpenedLink(req);
  await resetToVisitorSession(req);
  await saveSession(req);
  res.redirect(303, registrationPath(link, req));
}

function showNewLink(_req: Request, res: Response): void {
  res.render('registration/new-link', emptyForm);
}

/** From the form, or from the button on the page of a link that no longer works. */
async function submitNewLink(req: Request, res: Response): Promise<void> {
  if (req.body?.token !== undefined) return submitNewLinkByToken(req, res);
  const form = readForm(newLinkForm, req.body);
  const isRequested = await form.run(async ({ email }) => {
    await consumeAttempt('newLink', clientNetwork(req));
    await requestNewLink(email);
    return true;
  });
  if (isRequested) return res.redirect(303, '/register/new-link/sent');
  res.status(422).render('registration/new-link', { values: form.values, errors: form.errors });
}

async function submitNewLinkByToken(req: Request, res: Response): Promise<void> {
  const link = await getLinkFromBody(req);
  await consumeAttempt('newLink', clientNetwork(req));
  const isOpen = link.acceptedAt === null && link.revokedAt === null && link.declinedAt === null;
  if (!isOpen || link.linkEmail.toLowerCase() !== link.email.toLowerCase())
    throw (await findLinkError(link)) ?? new InvalidInvitationLink();
  await requestNewLink(link.email);
  res.redirect(303, '/register/new-link/sent');
}

function showNewLinkSent(_req: Request, res: Response): void {
  res.render('registration/new-link-sent');
}

/** Finds the link of a posted `token`. @throws InvalidInvitationLink if it is forged or unknown */
async function getLinkFromBody(req: Request): Promise<FoundLink> {
  const linkId = verifyLinkToken('invitation', req.body?.token);
  const link = linkId === null ? null : await findLink(linkId);
  if (link) return link;
  await recordInvalidLink(clientNetwork(req));
  throw new InvalidInvitationLink();
}
