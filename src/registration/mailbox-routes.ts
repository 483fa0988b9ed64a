import { type Request, type Response, Router } from 'express';
import { actorOf } from '../accounts/guard.ts';
import type { FoundLink } from '../invitations/link.ts';
import { maskAddress } from '../mail/address.ts';
import { flash } from '../web/flash.ts';
import { type FormState, readForm } from '../web/form.ts';
import { consumeAttempt } from '../web/rate-limit.ts';
import { saveSession } from '../web/session.ts';
import { codeForm, codeRequestForm } from './forms.ts';
import { hasUsableCode, proveMailbox, sendMailboxCode } from './mailbox.ts';
import { findOpenedInvitation, getOpenedLink, registrationPath } from './opened-invitations.ts';
import { trackFormSubmission } from './visit-page.ts';

/** The code that proves a mailbox, for links that a person handed on. */
export const mailboxCodeRoutes = Router();
mailboxCodeRoutes.post('/register/codes', submitCodeRequest);
mailboxCodeRoutes.post('/register/mailbox', submitCode);

async function submitCodeRequest(req: Request, res: Response): Promise<void> {
  const link = await getOpenedLink(req);
  if (findOpenedInvitation(link, req)?.mailbox_proven) return res.redirect(303, registrationPath(link, req));
  await consumeAttempt('codeRequests', link.linkId);
  const form = readForm(codeRequestForm, req.body);
  const isSent = await form.run(async () => {
    await sendMailboxCode(link, actorOf(req, res));
    return true;
  });
  await trackFormSubmission(link, form.errors, req);
  if (!isSent) return renderCodeForm(link, form, res);
  flash(req, 'success', 'We have sent a code. It is valid for ten minutes.');
  await saveSession(req);
  res.redirect(303, registrationPath(link, req));
}

async function submitCode(req: Request, res: Response): Promise<void> {
  const link = await getOpenedLink(req);
  // A guess without a code to guess costs the owner none of the day's tries.
  if (await hasUsableCode(link.linkId)) await consumeAttempt('codeTries', link.linkId);
  const form = readForm(codeForm, req.body);
  const isProven = await form.run(async ({ code }) => {
    await proveMailbox(link, code, actorOf(req, res));
    return true;
  });
  await trackFormSubmission(link, form.errors, req);
  if (!isProven) return renderCodeForm(link, form, res);
  const opened = findOpenedInvitation(link, req);
  if (opened) opened.mailbox_proven = true;
  await saveSession(req);
  res.redirect(303, registrationPath(link, req));
}

async function renderCodeForm(link: FoundLink, { values, errors }: FormState, res: Response): Promise<void> {
  const locals = { invited: maskAddress(link.email), waiting: await hasUsableCode(link.linkId), link };
  res.status(422).render('registration/code', { ...locals, values, errors });
}
