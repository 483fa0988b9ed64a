import { type Request, type Response, Router } from 'express';
import { actorOf } from '../accounts/guard.ts';
import { NotFound } from '../errors.ts';
import { deliveryOf, type MessageRow } from '../mail/messages.ts';
import {
  countMessages,
  isDelivery,
  listMessages,
  messageById,
  type OutboxQuery,
  retry,
} from '../mail/outbox.ts';
import { lastMailTaken, tryMailNow } from '../mail/pause.ts';
import { previewOf } from '../office/preview.ts';
import { samples, titleOfTemplate } from '../office/samples.ts';
import { closestSpelling } from '../search.ts';
import { flash } from '../web/flash.ts';
import { sendFramed } from '../web/framed.ts';
import { saveSession } from '../web/session.ts';
import { cursorIn, one, pagesAround, searchIn, suggestionIn } from './list-query.ts';

/** What was written to whom, and what became of it; never the link or code that a mail held. */
export const adminMail = Router();
adminMail.get('/', showOutbox);
adminMail.post('/tries', submitTry);
adminMail.get('/:id', showMessage);
adminMail.get('/:id/html', showMessageHtml);
adminMail.post('/:id/retries', submitRetry);

const templateOptions = [
  { value: '', label: 'All' },
  ...Object.entries(samples)
    .map(([value, { title }]) => ({ value, label: title }))
    .sort((one, other) => one.label.localeCompare(other.label)),
];

async function showOutbox(req: Request, res: Response): Promise<void> {
  const query = outboxQuery(req);
  const page = await listMessages(query);
  const [count, lastTaken] = await Promise.all([countMessages(query), lastMailTaken()]);
  const suggestion = count === 0 ? await closestSpelling('messages', query.search) : null;
  res.render('admin/mail/index', {
    query,
    messages: page.items.map(described),
    count,
    suggestion: suggestionIn(req, suggestion),
    urls: pagesAround(req, page),
    lastTaken,
    templateOptions,
  });
}

async function showMessage(req: Request, res: Response): Promise<void> {
  const message = await messageById(String(req.params.id));
  const delivery = deliveryOf(message);
  const preview = await previewOf(message);
  const mayRetry = delivery === 'queued' || delivery === 'failed';
  res.render('admin/mail/show', { message: described(message.get()), preview, mayRetry });
}

async function showMessageHtml(req: Request, res: Response): Promise<void> {
  const preview = await previewOf(await messageById(String(req.params.id)));
  if (!preview) throw new NotFound('Mails of this kind are no longer written.');
  sendFramed(res, preview.html);
}

async function submitRetry(req: Request, res: Response): Promise<void> {
  const message = await retry(String(req.params.id), actorOf(req, res));
  await back(req, res, `/admin/mail/${message.id}`, `The mail to ${message.recipient} is on its way again.`);
}

async function submitTry(req: Request, res: Response): Promise<void> {
  await tryMailNow(actorOf(req, res));
  await back(req, res, '/admin/mail', 'We are trying the mail server. Look at this page again in a moment.');
}

async function back(req: Request, res: Response, url: string, done: string): Promise<void> {
  flash(req, 'success', done);
  await saveSession(req);
  res.redirect(303, url);
}

function outboxQuery(req: Request): OutboxQuery {
  const state = one(req.query.state);
  const template = one(req.query.template);
  return {
    search: searchIn(req.query),
    delivery: isDelivery(state) ? state : null,
    template: Object.hasOwn(samples, template) ? template : '',
    cursor: cursorIn(req.query),
  };
}

function described(message: MessageRow) {
  const delivery = deliveryOf(message);
  const { sentAt, bouncedAt, failedAt, droppedAt, queuedAt } = message;
  const at = sentAt ?? bouncedAt ?? failedAt ?? droppedAt ?? queuedAt;
  return { ...message, title: titleOfTemplate(message.template), delivery, at };
}
