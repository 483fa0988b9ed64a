import type { Request, RequestHandler, Response } from 'express';
import { confirmPassword } from '../accounts/authenticate.ts';
import { verifyTwoStepCode } from '../accounts/two-step.ts';
import { clientNetwork } from '../platform/http/client-network.ts';
import { readForm } from '../platform/http/form.ts';
import { saveSession } from '../platform/http/session.ts';
import { confirmForm } from './forms.ts';
import { accountOf, actorOf } from './guard.ts';
import { beginSession } from './sign-in.ts';

/** How long a sign-in or confirmation counts as recent. */
export const RECENT_SIGN_IN_MS = 10 * 60 * 1000;

/** The confirmation page's own fields. */
const ownFields = /^(currentPassword|code|signedInAs)$/;

/**
 * Guards dangerous actions: asks again for the password (and a code, with two-step sign-in) if the last confirmation is
 * more than ten minutes old.
 *
 * A GET redirects to `/account/confirm` and back. A POST responds with a form that asks for the password and includes
 * all posted values as hidden fields, so nothing is stored on the server. Routes must not use the field names
 * `currentPassword` and `code`. Forms with files guard their page instead.
 */
export const requireRecentSignIn: RequestHandler = async (req, res, next) => {
  const { authenticatedAt } = req.session;
  if (authenticatedAt !== undefined && Date.now() - authenticatedAt < RECENT_SIGN_IN_MS) return next();
  if (req.method !== 'POST') return redirectToConfirmPage(req, res);
  if (typeof req.body?.currentPassword !== 'string') return renderConfirmForm(req, res, {}, 403);
  const errors = await confirmIdentity(req, res);
  if (errors) return renderConfirmForm(req, res, errors, 422);
  for (const name of ['currentPassword', 'code']) delete req.body[name];
  next();
};

/** Applies `requireRecentSignIn` only if the posted form asks for something dangerous. */
export function requireRecentSignInWhen(
  isDangerous: (req: Request) => boolean | Promise<boolean>,
): RequestHandler {
  return async (req, res, next) => ((await isDangerous(req)) ? requireRecentSignIn(req, res, next) : next());
}

/**
 * Checks the posted `currentPassword` and `code` with the limits of signing in, and renews the session id.
 * @returns the errors, or null
 * @throws TooManyAttempts
 */
export async function confirmIdentity(req: Request, res: Response): Promise<Record<string, string> | null> {
  const account = accountOf(res);
  const form = readForm(confirmForm, req.body);
  const confirmed = await form.run(async ({ currentPassword, code }) => {
    await confirmPassword(account, currentPassword, clientNetwork(req));
    if (account.twoStepEnabledAt !== null)
      await verifyTwoStepCode(account, code, clientNetwork(req), actorOf(req, res));
    return true;
  });
  if (!confirmed) return form.errors;
  await beginSession(req, res, account);
  await saveSession(req);
  return null;
}

async function redirectToConfirmPage(req: Request, res: Response): Promise<void> {
  if (req.method === 'GET') {
    req.session.reauthReturnTo = req.originalUrl;
    await saveSession(req);
  }
  res.redirect(303, '/account/confirm');
}

function renderConfirmForm(
  req: Request,
  res: Response,
  errors: Record<string, string>,
  status: number,
): void {
  const fields: [string, unknown][] = Object.entries(req.body ?? {});
  // Passwords and codes of the form itself must be typed again.
  const hiddenFields = fields
    .filter(([name]) => !ownFields.test(name) && !/password|code/i.test(name))
    .flatMap(([name, value]) => [value].flat().map((item) => ({ name, value: String(item) })));
  res.status(status).render('sign-in/confirm', { errors, action: req.originalUrl, hiddenFields });
}
