import { type Request, type RequestHandler, type Response, Router } from 'express';
import { findSubscription, resubscribe, type Subscription, unsubscribe } from '../invitations/unsubscribe.ts';
import { refreshLayoutLocals } from '../pages/layout.ts';
import { signLinkToken, verifyLinkToken } from '../platform/crypto/signed-links.ts';
import { consumeAttempt, recordInvalidLink } from '../platform/db/rate-limit.ts';
import { BadRequest } from '../platform/errors.ts';
import { clientNetwork } from '../platform/http/client-network.ts';
import { useLanguageOf } from '../platform/http/language.ts';
import { checkLinkToken } from '../platform/http/link-token.ts';
import { t } from '../platform/i18n/i18n.ts';
import { actorOf } from '../sign-in/guard.ts';

class InvalidUnsubscribeLink extends BadRequest {
  override readonly title = t('registration:unsubscribe.invalidTitle');

  constructor() {
    super(t('registration:unsubscribe.invalid'));
  }
}

const requireToken: RequestHandler[] = [
  checkLinkToken('unsubscribe', () => new InvalidUnsubscribeLink()),
  (_req, res, next) => next(res.locals.linkId === undefined ? new InvalidUnsubscribeLink() : undefined),
];

/**
 * The link for stopping invitations. Mail programs send the POST themselves (RFC 8058), from their servers or their own
 * website, without cookies. So this comes before the check for cross-site requests and before sessions: the token in the URL
 * is what allows it. It must not redirect.
 */
export const unsubscribeRoutes = Router();
unsubscribeRoutes.get('/unsubscribe', requireToken, refreshLayoutLocals, showSubscription);
unsubscribeRoutes.post('/unsubscribe', requireToken, refreshLayoutLocals, submitUnsubscribe);

/** Allowing invitations again, from the page. */
export const resubscribeRoutes = Router();
resubscribeRoutes.post('/unsubscribe/undo', submitResubscribe);

async function showSubscription(req: Request, res: Response): Promise<void> {
  await renderSubscription(String(res.locals.linkId), req, res);
}

async function submitUnsubscribe(req: Request, res: Response): Promise<void> {
  const linkId = String(res.locals.linkId);
  await consumeAttempt('unsubscribe', linkId);
  await unsubscribe(await getSubscription(linkId, req), actorOf(req, res));
  await renderSubscription(linkId, req, res);
}

async function submitResubscribe(req: Request, res: Response): Promise<void> {
  const linkId = verifyLinkToken('unsubscribe', req.body?.token);
  if (linkId === null) throw await invalidLink(req);
  await consumeAttempt('unsubscribe', linkId);
  await resubscribe(await getSubscription(linkId, req), actorOf(req, res));
  res.redirect(303, `/unsubscribe?token=${signLinkToken('unsubscribe', linkId)}`);
}

async function renderSubscription(linkId: string, req: Request, res: Response): Promise<void> {
  const subscription = await getSubscription(linkId, req);
  const token = signLinkToken('unsubscribe', linkId);
  // The language switch comes back to the link: the page has no session.
  res.render('registration/unsubscribe', { subscription, token, currentPage: `/unsubscribe?token=${token}` });
}

async function getSubscription(linkId: string, req: Request): Promise<Subscription> {
  const found = await findSubscription(linkId);
  if (!found) throw await invalidLink(req);
  useLanguageOf(found.language, req);
  return found;
}

/** @throws TooManyAttempts after too many from one network */
async function invalidLink(req: Request): Promise<InvalidUnsubscribeLink> {
  await recordInvalidLink(clientNetwork(req));
  return new InvalidUnsubscribeLink();
}
