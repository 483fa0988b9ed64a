import { type ErrorRequestHandler, type Request, type RequestHandler, Router } from 'express';
import { findLinkError, InvalidInvitationLink } from '../accounts/registration/link-errors.ts';
import { type FoundLink, findLink, recordFirstOpen } from '../invitations/link.ts';
import { registrationPath, saveOpenedInvitation } from '../pages/opened-invitations.ts';
import { recordInvalidLink } from '../platform/db/rate-limit.ts';
import { clientNetwork } from '../platform/http/client-network.ts';
import { useLanguageOf } from '../platform/http/language.ts';
import { checkLinkToken } from '../platform/http/link-token.ts';
import { rotateSessionId, saveSession } from '../platform/http/session.ts';
import { findSignedInAccount } from '../sign-in/guard.ts';
import { keepAddress } from '../sign-in/prefilled-address.ts';
import { trackLinkOpen } from './link-open-tracking.ts';

const paths = ['/register', '/join', '/invite/:token'];

// A token that can't be URL-decoded, such as "%E0", is a damaged link.
const rejectMalformedToken: ErrorRequestHandler = (error, req, _res, next) => {
  next(error instanceof URIError && /^\/invite\//i.test(req.path) ? new InvalidInvitationLink() : error);
};

/** Mounted before sessions, so that a forged link costs no query at all. */
export const invitationTokenRoutes = Router();
invitationTokenRoutes.get(
  paths,
  checkLinkToken('invitation', () => new InvalidInvitationLink()),
);
invitationTokenRoutes.get('/join', (_req, res, next) =>
  next(res.locals.linkId ? undefined : new InvalidInvitationLink()),
);
invitationTokenRoutes.use(rejectMalformedToken);

/**
 * Stores the ids of an opened link in the session, under a new session id, and redirects to a URL without the token, to
 * keep the secret out of the browser history and logs.
 */
const openLink: RequestHandler = async (req, res, next) => {
  const { linkId } = res.locals;
  if (linkId === undefined) return next();
  const link = await findLink(linkId);
  if (!link) {
    await recordInvalidLink(clientNetwork(req));
    throw new InvalidInvitationLink();
  }
  useLanguageOf(link.language, req);
  const linkError = await findLinkError(link);
  const mayBePerson = await trackLinkOpen(link, linkError !== null, req);
  // Members often use the link in the mail to come back.
  if (link.acceptedBy !== null && link.acceptedBy === findSignedInAccount(res)?.id)
    return res.redirect(303, '/home');
  if (linkError) {
    if (req.method === 'GET') await keepOwnAddress(link, req);
    throw linkError;
  }
  if (req.method === 'GET') {
    await recordFirstOpen(link.linkId);
    await rotateSessionId(req);
    saveOpenedInvitation(link, { isProven: link.delivery === 'mail', mayBePerson }, req);
    await saveSession(req);
  }
  res.redirect(303, registrationPath(link, req));
};

// Who opens their own used link wants to sign in. The holder of a shared link may be someone else.
async function keepOwnAddress(link: FoundLink, req: Request): Promise<void> {
  const isOwn = link.delivery === 'mail' && link.linkEmail.toLowerCase() === link.email.toLowerCase();
  if (link.acceptedAt === null || !isOwn) return;
  await rotateSessionId(req);
  keepAddress(link.email, req);
  await saveSession(req);
}

export const linkOpenRoutes = Router();
linkOpenRoutes.get(paths, openLink);
