import { type Request, type Response, Router } from 'express';
import { submitHelpRequest } from '../pages/help-requests.ts';
import { emptyForm } from '../platform/http/form.ts';

/** For members who can read mail at their account's address no more, and may have lost the password too. */
export const mailboxLostRoutes = Router();
mailboxLostRoutes.get('/forgot-password/mailbox-lost', showMailboxLost);
mailboxLostRoutes.post('/forgot-password/mailbox-lost', submitMailboxLost);
mailboxLostRoutes.get('/forgot-password/mailbox-lost/sent', showSent);

function showMailboxLost(_req: Request, res: Response): void {
  res.render('sign-in/mailbox-lost', emptyForm);
}

async function submitMailboxLost(req: Request, res: Response): Promise<void> {
  const rejected = await submitHelpRequest('mailbox-lost', null, req, res);
  if (rejected) return res.render('sign-in/mailbox-lost', rejected);
  res.redirect(303, '/forgot-password/mailbox-lost/sent');
}

function showSent(_req: Request, res: Response): void {
  res.render('sign-in/mailbox-lost-sent');
}
