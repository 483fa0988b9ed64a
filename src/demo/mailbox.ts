import { type Response, Router } from 'express';
import { NotFound } from '../errors.ts';
import { type CaughtMail, caughtMails } from '../mail/caught.ts';

/** The caught mails at `/dev/mailbox`: a page for people, and a list for programs. Not for production. */
export function mailbox(): Router {
  const router = Router();

  router.get('/dev/mailbox', async (_req, res) => {
    show(res, await caughtMails(), null);
  });

  router.get('/dev/mailbox.json', async (_req, res) => {
    const mails = await caughtMails();
    res.json(mails.map(({ to, subject, text, html, links }) => ({ to, subject, text, html, links })));
  });

  router.get('/dev/mailbox/:id', async (req, res) => {
    const mails = await caughtMails();
    show(res, mails, oneOf(mails, req.params.id));
  });

  router.get('/dev/mailbox/:id/html', async (req, res) => {
    const mail = oneOf(await caughtMails(), req.params.id);
    // Shown in a frame of our own page, as an origin of its own that runs and loads nothing.
    res.set({
      'Content-Security-Policy':
        "sandbox allow-popups; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'",
      'X-Frame-Options': 'SAMEORIGIN',
    });
    res.type('html').send(mail.html);
  });

  return router;
}

function show(res: Response, mails: CaughtMail[], mail: CaughtMail | null): void {
  res.render('demo/mailbox', { title: mail?.subject ?? 'Caught mail', mails, mail });
}

function oneOf(mails: CaughtMail[], id: string): CaughtMail {
  const mail = mails.find((caught) => caught.id === id);
  if (!mail) throw new NotFound('This mail isn’t in the mailbox any more.');
  return mail;
}
