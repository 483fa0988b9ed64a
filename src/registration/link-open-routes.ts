import { type ErrorRequestHandler, type RequestHandler, Router } from 'express';
import { InvalidInvitationLink, linkInvalidReason } from '../accounts/registration/link-errors.ts';
import { findLink, recordFirstOpen } from '../invitations/link.ts';
import { registrationPath, saveOpenedInvitation } from '../pages/opened-invitations.ts';
import { recordInvalidLink } from '../platform/db/rate-limit.ts';
import { clientNetwork } from '../platform/http/client-network.ts';
import { checkLinkToken } from '../platform/http/link-token.ts';
import { rotateSessionId, saveSession } from '../platform/http/session.ts';
import { findSignedInAccount } from '../sign-in/guard.ts';
import { trackLinkOpen } from './link-open-tracking.ts';

const paths = ['/register', '/join', '/invite/:token'];

// What is no text at all in place of a token ("%E0") is a damaged link.
const rejectMalformedToken: ErrorRequestHandler = (error, req, _res, next) => {
  next(error instanceof URIError && /^\/invite\//i.test(req.path) ? new InvalidInvitationLink() : error);
};

/** Before sessions: a link that we did not sign costs no query, not even the session's. */
export const invitationTokenRoutes = Router();
invitationTokenRoutes.get(
  paths,
  checkLinkToken('invitation', () => new InvalidInvitationLink()),
);
invitationTokenRoutes.get('/join', (_req, res, next) =>
  next(res.locals.linkId ? undefined : new InvalidInvitationLink()),
);
invitationTokenRoutes.use(rejectMalformedToken);

/** An opened link becomes ids in the session, under a new id, and a clean address: the secret is in no history and no log. */
const openLink: RequestHandler = async (req, res, next) => {
  const { linkId } = res.locals;
  if (linkId === undefined) return next();
  const link = await findLink(linkId);
  if (!link) {
    await recordInvalidLink(clientNetwork(req));
    throw new InvalidInvitationLink();
  }
  const linkError = await linkInvalidReason(link);
  const mayBePerson = await trackLinkOpen(link, linkError !== null, req);
  // People keep the mail and use its link to come back.
  if (link.acceptedBy !== null && link.acceptedBy === findSignedInAccount(res)?.id)
    return res.redirect(303, '/home');
  if (linkError) throw linkError;
  if (req.method === 'GET') {
    await recordFirstOpen(link.linkId);
    await rotateSessionId(req);
    saveOpenedInvitation(link, { isProven: link.delivery === 'mail', mayBePerson }, req);
    await saveSession(req);
  }
  res.redirect(303, registrationPath(link, req));
};

export const linkOpenRoutes = Router();
linkOpenRoutes.get(paths, openLink);
