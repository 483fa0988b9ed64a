import { type Request, type Response, Router } from 'express';
import { actorOf, requireStaff } from '../accounts/guard.ts';
import { requireRecentSignIn } from '../accounts/recent-sign-in.ts';
import { flash } from '../web/flash.ts';
import { emptyForm, type FormState, readForm } from '../web/form.ts';
import { saveSession } from '../web/session.ts';
import { countWaiting, deliveriesOf, retry, sendTest } from '../webhooks/deliveries.ts';
import { events, eventTypes } from '../webhooks/events.ts';
import {
  allWebhooks,
  pause,
  register,
  remove,
  resume,
  rotateSecret,
  secretOf,
  webhookById,
} from '../webhooks/webhook.ts';
import { cursorIn, pagesAround } from './list-query.ts';
import { keyOfEvent, webhookForm } from './webhook-form.ts';

const adminOnly = requireStaff('admin');

export const adminWebhooks = Router();
adminWebhooks.get('/', adminOnly, showWebhooks);
adminWebhooks.get('/new', adminOnly, showNewWebhook);
adminWebhooks.post('/', adminOnly, requireRecentSignIn, submitNewWebhook);
adminWebhooks.get('/:id', adminOnly, showWebhook);
adminWebhooks.post('/:id/tests', adminOnly, submitTest);
adminWebhooks.post('/:id/pause', adminOnly, submitPause);
adminWebhooks.post('/:id/resumption', adminOnly, submitResumption);
adminWebhooks.post('/:id/secrets', adminOnly, requireRecentSignIn, submitSecret);
adminWebhooks.post('/:id/deliveries/:deliveryId/retries', adminOnly, submitRetry);
adminWebhooks.get('/:id/deletion', adminOnly, showDeletion);
adminWebhooks.post('/:id/deletion', adminOnly, requireRecentSignIn, submitDeletion);

async function showWebhooks(_req: Request, res: Response): Promise<void> {
  res.render('admin/webhooks/index', { webhooks: await allWebhooks() });
}

function showNewWebhook(_req: Request, res: Response): void {
  const all = Object.fromEntries(eventTypes.map((type) => [`events[${keyOfEvent(type)}]`, 'yes']));
  renderNewWebhook(res, { ...emptyForm, values: all });
}

async function submitNewWebhook(req: Request, res: Response): Promise<void> {
  const form = readForm(webhookForm, req.body);
  const id = await form.run(({ url, events }) => register(url, events, actorOf(req, res)));
  if (id === null) {
    res.status(422);
    return renderNewWebhook(res, form);
  }
  req.session.showSecret = id;
  await goTo(id, 'The webhook is there. Copy its secret now: it is shown once.', req, res);
}

function renderNewWebhook(res: Response, { values, errors }: FormState): void {
  const choices = eventTypes.map((type) => ({
    name: `events[${keyOfEvent(type)}]`,
    type,
    meaning: events[type],
  }));
  res.render('admin/webhooks/new', { values, errors, choices });
}

async function showWebhook(req: Request, res: Response): Promise<void> {
  const webhook = await webhookById(String(req.params.id));
  const page = await deliveriesOf(webhook.id, cursorIn(req.query));
  const secret = req.session.showSecret === webhook.id ? await secretOf(webhook.id) : null;
  delete req.session.showSecret;
  const waiting = await countWaiting(webhook.id);
  res.render('admin/webhooks/show', { webhook, page, waiting, secret, urls: pagesAround(req, page), events });
}

async function submitTest(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  await sendTest(id, actorOf(req, res));
  await goTo(id, 'A test message is on its way. Reload this page to see what became of it.', req, res);
}

async function submitPause(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  await pause(id, 'staff', actorOf(req, res));
  await goTo(id, 'It is paused. What happens meanwhile is kept for 30 days.', req, res);
}

async function submitResumption(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  await resume(id, actorOf(req, res));
  await goTo(id, 'It goes on, with what waited.', req, res);
}

async function submitSecret(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  await rotateSecret(id, actorOf(req, res));
  req.session.showSecret = id;
  await goTo(id, 'Here is the new secret, once. For a day the former one signs along.', req, res);
}

async function submitRetry(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  await retry(id, String(req.params.deliveryId), actorOf(req, res));
  await goTo(id, 'The message is tried again.', req, res);
}

async function showDeletion(req: Request, res: Response): Promise<void> {
  res.render('admin/webhooks/deletion', { webhook: await webhookById(String(req.params.id)) });
}

async function submitDeletion(req: Request, res: Response): Promise<void> {
  await remove(String(req.params.id), actorOf(req, res));
  flash(req, 'success', 'The webhook is deleted.');
  await saveSession(req);
  res.redirect(303, '/admin/webhooks');
}

async function goTo(id: string, message: string, req: Request, res: Response): Promise<void> {
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, `/admin/webhooks/${id}`);
}
