import { type ErrorRequestHandler, type RequestHandler, Router } from 'express';
import { signedIn } from '../accounts/guard.ts';
import { findLink, noteFirstOpening } from '../invitations/link.ts';
import { checkLink } from '../web/opened-link.ts';
import { countBadLink } from '../web/rate-limit.ts';
import { changeSessionId, saveSession } from '../web/session.ts';
import { BadInvitationLink, whyDead } from './dead-link.ts';
import { pageOf, rememberOpened } from './opened-invitations.ts';
import { noteOpening } from './visit-page.ts';

const paths = ['/register', '/join', '/invite/:token'];

// What is no text at all in place of a token ("%E0") is a damaged link.
const refuseUnreadable: ErrorRequestHandler = (error, req, _res, next) => {
  next(error instanceof URIError && /^\/invite\//i.test(req.path) ? new BadInvitationLink() : error);
};

/** Before sessions: a link that we did not sign costs no query, not even the session's. */
export const invitationLinks = Router();
invitationLinks.get(
  paths,
  checkLink('invitation', () => new BadInvitationLink()),
);
invitationLinks.get('/join', (_req, res, next) =>
  next(res.locals.linkId ? undefined : new BadInvitationLink()),
);
invitationLinks.use(refuseUnreadable);

/** An opened link becomes ids in the session, under a new id, and a clean address: the secret is in no history and no log. */
const exchange: RequestHandler = async (req, res, next) => {
  const { linkId } = res.locals;
  if (linkId === undefined) return next();
  const link = await findLink(linkId);
  if (!link) {
    await countBadLink(req);
    throw new BadInvitationLink();
  }
  const dead = await whyDead(link);
  const mayBePerson = await noteOpening(link, dead !== null, req);
  // People keep the mail and use its link to come back.
  if (link.acceptedBy !== null && link.acceptedBy === signedIn(res)?.id) return res.redirect(303, '/home');
  if (dead) throw dead;
  if (req.method === 'GET') {
    await noteFirstOpening(link.linkId);
    await changeSessionId(req);
    rememberOpened(link, { isProven: link.delivery === 'mail', mayBePerson }, req);
    await saveSession(req);
  }
  res.redirect(303, pageOf(link, req));
};

export const openInvitations = Router();
openInvitations.get(paths, exchange);
