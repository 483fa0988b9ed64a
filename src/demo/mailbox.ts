import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Response, Router } from 'express';
import { NotFound } from '../errors.ts';
import { type CaughtMail, caughtMail, caughtMails, everyCaughtMail } from '../mail/caught.ts';
import { sendFramed } from '../web/framed.ts';

// More would only be a longer page.
const SHOWN = 100;

/** The caught mails at `/dev/mailbox`: a page for people, and a list for programs. Not for production. */
export function mailbox(): Router {
  const router = Router();

  router.get('/dev/mailbox', async (_req, res) => {
    show(res, await caughtMails(SHOWN + 1), null);
  });

  router.get('/dev/mailbox.json', async (_req, res) => {
    res.type('json');
    await pipeline(Readable.from(asJson(everyCaughtMail())), res).catch(() => res.destroy());
  });

  router.get('/dev/mailbox/:id', async (req, res) => {
    show(res, await caughtMails(SHOWN + 1), await oneOf(req.params.id));
  });

  router.get('/dev/mailbox/:id/html', async (req, res) => {
    const mail = await oneOf(req.params.id);
    sendFramed(res, mail.html);
  });

  return router;
}

function show(res: Response, mails: CaughtMail[], mail: CaughtMail | null): void {
  const shown = mails.slice(0, SHOWN);
  res.render('demo/mailbox', {
    title: mail?.subject ?? 'Caught mail',
    mails: shown,
    mail,
    more: mails.length > SHOWN,
  });
}

async function oneOf(id: string): Promise<CaughtMail> {
  const mail = await caughtMail(id);
  if (!mail) throw new NotFound('This mail isn’t in the mailbox any more.');
  return mail;
}

async function* asJson(mails: AsyncIterable<CaughtMail>): AsyncGenerator<string> {
  let before = '[';
  for await (const { to, subject, text, html, links } of mails) {
    yield before + JSON.stringify({ to, subject, text, html, links });
    before = ',\n';
  }
  yield before === '[' ? '[]' : ']';
}
