import { type Request, type Response, Router } from 'express';
import { actorOf } from '../accounts/guard.ts';
import type { FoundLink } from '../invitations/link.ts';
import { maskAddress } from '../mail/address.ts';
import { flash } from '../web/flash.ts';
import { type FormState, readForm } from '../web/form.ts';
import { countTry } from '../web/rate-limit.ts';
import { saveSession } from '../web/session.ts';
import { codeForm, codeWishForm } from './forms.ts';
import { codeWaits, proveMailbox, sendCode } from './mailbox.ts';
import { openedLink, openedOf, pageOf } from './opened-invitations.ts';
import { noteForm } from './visit-page.ts';

/** The code that proves a mailbox, for links that a person handed on. */
export const mailboxProof = Router();
mailboxProof.post('/register/codes', submitCodeWish);
mailboxProof.post('/register/mailbox', submitCode);

async function submitCodeWish(req: Request, res: Response): Promise<void> {
  const link = await openedLink(req);
  if (openedOf(link, req)?.mailbox_proven) return res.redirect(303, pageOf(link, req));
  await countTry('codeRequests', link.linkId);
  const form = readForm(codeWishForm, req.body);
  const sent = await form.run(async () => {
    await sendCode(link, actorOf(req, res));
    return true;
  });
  await noteForm(link, form.errors, req);
  if (!sent) return showCode(link, form, res);
  flash(req, 'success', 'We have sent a code. It is valid for ten minutes.');
  await saveSession(req);
  res.redirect(303, pageOf(link, req));
}

async function submitCode(req: Request, res: Response): Promise<void> {
  const link = await openedLink(req);
  // A guess without a code to guess costs the owner none of the day's tries.
  if (await codeWaits(link.linkId)) await countTry('codeTries', link.linkId);
  const form = readForm(codeForm, req.body);
  const proven = await form.run(async ({ code }) => {
    await proveMailbox(link, code, actorOf(req, res));
    return true;
  });
  await noteForm(link, form.errors, req);
  if (!proven) return showCode(link, form, res);
  const opened = openedOf(link, req);
  if (opened) opened.mailbox_proven = true;
  await saveSession(req);
  res.redirect(303, pageOf(link, req));
}

async function showCode(link: FoundLink, { values, errors }: FormState, res: Response): Promise<void> {
  const locals = { invited: maskAddress(link.email), waiting: await codeWaits(link.linkId), link };
  res.status(422).render('registration/code', { ...locals, values, errors });
}
