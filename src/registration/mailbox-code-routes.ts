import { type Request, type Response, Router } from 'express';
import { hasUsableCode, proveMailbox, sendMailboxCode } from '../accounts/registration/mailbox-code.ts';
import type { FoundLink } from '../invitations/link.ts';
import { findOpenedInvitation, getOpenedLink, registrationPath } from '../pages/opened-invitations.ts';
import { consumeAttempt } from '../platform/db/rate-limit.ts';
import { flash } from '../platform/http/flash.ts';
import { type FormState, readForm } from '../platform/http/form.ts';
import { saveSession } from '../platform/http/session.ts';
import { t } from '../platform/i18n/i18n.ts';
import { maskMailbox } from '../platform/text/address.ts';
import { actorOf } from '../sign-in/guard.ts';
import { codeRequestForm, mailboxCodeForm } from './forms.ts';
import { trackFormSubmission } from './link-open-tracking.ts';

/** The code that proves the mailbox, for shared links. */
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
  flash(req, 'success', t('registration:code.sent'));
  await saveSession(req);
  res.redirect(303, registrationPath(link, req));
}

async function submitCode(req: Request, res: Response): Promise<void> {
  const link = await getOpenedLink(req);
  // Attempts without a usable code don't count against the owner's daily limit.
  if (await hasUsableCode(link.linkId)) await consumeAttempt('codeAttempts', link.linkId);
  const form = readForm(mailboxCodeForm, req.body);
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
  const locals = {
    invitedAddress: maskMailbox(link.email),
    hasUsableCode: await hasUsableCode(link.linkId),
    link,
  };
  res.status(422).render('registration/code', { ...locals, values, errors });
}
