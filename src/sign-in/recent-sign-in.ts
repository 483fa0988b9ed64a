import type { Request, RequestHandler, Response } from 'express';
import { confirmPassword } from '../accounts/authenticate.ts';
import { verifyTwoStepCode } from '../accounts/two-step.ts';
import { clientNetwork } from '../platform/http/client-network.ts';
import { readForm } from '../platform/http/form.ts';
import { saveSession } from '../platform/http/session.ts';
import { confirmForm } from './forms.ts';
import { accountOf, actorOf } from './guard.ts';
import { beginSession } from './sign-in.ts';

/** How long a proof counts as recent. */
export const RECENT_SIGN_IN_MS = 10 * 60 * 1000;

/** Fields of the page that asks; it writes them itself. */
const ownFields = /^(currentPassword|code|signedInAs)$/;

/**
 * For dangerous acts, on the route line after `requireStaff('admin')`: whoever last proved who they are more than ten
 * minutes ago does so again, by password and, where two-step sign-in is on, a code.
 *
 * A page leads to `/account/confirm` and back. A form that is sent loses nothing: the answer asks for the password and
 * carries every field that was typed along, hidden, and sending it does what was asked for. So nothing typed is kept on our
 * side. `currentPassword` and `code` are this guard's own fields; a form with files guards its page instead.
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

/** `requireRecentSignIn` for the forms of a route that ask for something dangerous, by what was typed or is changed. */
export function requireRecentSignInWhen(
  isDangerous: (req: Request) => boolean | Promise<boolean>,
): RequestHandler {
  return async (req, res, next) => ((await isDangerous(req)) ? requireRecentSignIn(req, res, next) : next());
}

/**
 * Checks the posted `currentPassword` and `code`, counted like signing in, and goes on under a new session id.
 * @returns what is wrong, or null
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
  // Passwords and codes of the form itself are typed again.
  const hiddenFields = fields
    .filter(([name]) => !ownFields.test(name) && !/password|code/i.test(name))
    .flatMap(([name, value]) => [value].flat().map((item) => ({ name, value: String(item) })));
  res.status(status).render('sign-in/confirm', { errors, action: req.originalUrl, hiddenFields });
}
