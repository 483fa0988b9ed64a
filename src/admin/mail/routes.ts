import { type Request, type Response, Router } from 'express';
import { suggestSpelling } from '../../platform/db/search.ts';
import { NotFound } from '../../platform/errors.ts';
import { flash } from '../../platform/http/flash.ts';
import {
  pageLinks,
  parseCursor,
  parseSearch,
  singleParam,
  toSpellingSuggestion,
} from '../../platform/http/list-query.ts';
import { sendSandboxedHtml } from '../../platform/http/sandboxed-html.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { deliveryStatusOf, type MessageRow } from '../../platform/mail/messages.ts';
import {
  countMessages,
  getMessage,
  isDeliveryStatus,
  listMessages,
  type OutboxQuery,
  retryMessage,
} from '../../platform/mail/outbox.ts';
import { findLastSentAt, probeMailServer } from '../../platform/mail/pause.ts';
import { previewMessage } from '../../settings/mails/preview.ts';
import { mailSamples, templateTitle } from '../../settings/mails/samples.ts';
import { actorOf } from '../../sign-in/guard.ts';

/** The outbox. It never shows the link or code of a mail. */
export const adminMailRoutes = Router();
adminMailRoutes.get('/', showOutbox);
adminMailRoutes.post('/connection-retries', submitConnectionRetry);
adminMailRoutes.get('/:id', showMessage);
adminMailRoutes.get('/:id/html', showMessageHtml);
adminMailRoutes.post('/:id/retries', submitRetry);

function listTemplateOptions() {
  const options = Object.keys(mailSamples).map((value) => ({ value, label: templateTitle(value) }));
  return [
    { value: '', label: t('common:list.all') },
    ...options.sort((a, b) => a.label.localeCompare(b.label)),
  ];
}

async function showOutbox(req: Request, res: Response): Promise<void> {
  const query = parseOutboxQuery(req);
  const page = await listMessages(query);
  const [count, lastAcceptedAt] = await Promise.all([countMessages(query), findLastSentAt()]);
  const suggestion = count === 0 ? await suggestSpelling('messages', query.search) : null;
  res.render('admin/mail/index', {
    query,
    messages: page.items.map(describeMessage),
    count,
    suggestion: toSpellingSuggestion(req, suggestion),
    urls: pageLinks(req, page),
    lastAcceptedAt,
    templateOptions: listTemplateOptions(),
  });
}

async function showMessage(req: Request, res: Response): Promise<void> {
  const message = await getMessage(String(req.params.id));
  const deliveryStatus = deliveryStatusOf(message);
  const preview = await previewMessage(message);
  const canRetry = deliveryStatus === 'queued' || deliveryStatus === 'failed';
  res.render('admin/mail/show', { message: describeMessage(message.get()), preview, canRetry });
}

async function showMessageHtml(req: Request, res: Response): Promise<void> {
  const preview = await previewMessage(await getMessage(String(req.params.id)));
  if (!preview) throw new NotFound(t('mail:errors.obsolete'));
  sendSandboxedHtml(res, preview.html);
}

async function submitRetry(req: Request, res: Response): Promise<void> {
  const message = await retryMessage(String(req.params.id), actorOf(req, res));
  await redirectWithMessage(
    req,
    res,
    `/admin/mail/${message.id}`,
    t('mail:done.retried', { recipient: message.recipient }),
  );
}

async function submitConnectionRetry(req: Request, res: Response): Promise<void> {
  await probeMailServer(actorOf(req, res));
  await redirectWithMessage(req, res, '/admin/mail', t('mail:done.connectionRetried'));
}

async function redirectWithMessage(req: Request, res: Response, url: string, done: string): Promise<void> {
  flash(req, 'success', done);
  await saveSession(req);
  res.redirect(303, url);
}

function parseOutboxQuery(req: Request): OutboxQuery {
  const state = singleParam(req.query.state);
  const template = singleParam(req.query.template);
  return {
    search: parseSearch(req.query),
    deliveryStatus: isDeliveryStatus(state) ? state : null,
    template: Object.hasOwn(mailSamples, template) ? template : '',
    cursor: parseCursor(req.query),
  };
}

function describeMessage(message: MessageRow) {
  const deliveryStatus = deliveryStatusOf(message);
  const { sentAt, bouncedAt, failedAt, droppedAt, queuedAt } = message;
  const at = sentAt ?? bouncedAt ?? failedAt ?? droppedAt ?? queuedAt;
  return { ...message, title: templateTitle(message.template), deliveryStatus, at };
}
