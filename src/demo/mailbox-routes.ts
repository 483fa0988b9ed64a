import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Response, Router } from 'express';
import { NotFound } from '../platform/errors.ts';
import { sendSandboxedHtml } from '../platform/http/sandboxed-html.ts';
import { t } from '../platform/i18n/i18n.ts';
import {
  type CapturedMail,
  findCapturedMail,
  listCapturedMails,
  readCapturedMails,
} from '../platform/mail/captured-mail.ts';

const MAX_SHOWN = 100;

/** The captured mail at `/dev/mailbox`, as a page and as JSON. Never loaded in production. */
export function createMailboxRoutes(): Router {
  const router = Router();

  router.get('/dev/mailbox', async (_req, res) => {
    renderMailbox(res, await listCapturedMails(MAX_SHOWN + 1), null);
  });

  router.get('/dev/mailbox.json', async (_req, res) => {
    res.type('json');
    await pipeline(Readable.from(toJson(readCapturedMails())), res).catch(() => res.destroy());
  });

  router.get('/dev/mailbox/:id', async (req, res) => {
    renderMailbox(res, await listCapturedMails(MAX_SHOWN + 1), await getCapturedMail(req.params.id));
  });

  router.get('/dev/mailbox/:id/html', async (req, res) => {
    const mail = await getCapturedMail(req.params.id);
    sendSandboxedHtml(res, mail.html);
  });

  return router;
}

function renderMailbox(res: Response, mails: CapturedMail[], mail: CapturedMail | null): void {
  const shown = mails.slice(0, MAX_SHOWN);
  res.render('demo/mailbox', {
    title: t('demo:mailbox.title'),
    mails: shown,
    mail,
    hasMore: mails.length > MAX_SHOWN,
  });
}

async function getCapturedMail(id: string): Promise<CapturedMail> {
  const mail = await findCapturedMail(id);
  if (!mail) throw new NotFound(t('demo:mailbox.notFound'));
  return mail;
}

async function* toJson(mails: AsyncIterable<CapturedMail>): AsyncGenerator<string> {
  let separator = '[';
  for await (const { to, subject, text, html, links } of mails) {
    yield separator + JSON.stringify({ to, subject, text, html, links });
    separator = ',\n';
  }
  yield separator === '[' ? '[]' : ']';
}
