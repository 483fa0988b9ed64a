import { type Request, type Response, Router } from 'express';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { pageLinks, parseCursor } from '../../platform/http/list-query.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { actorOf, requireStaff } from '../../sign-in/guard.ts';
import { requireRecentSignIn } from '../../sign-in/recent-sign-in.ts';
import {
  countPendingDeliveries,
  listDeliveries,
  retryDelivery,
  sendTestEvent,
} from '../../webhooks/deliveries.ts';
import { eventTypes } from '../../webhooks/events.ts';
import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  getWebhookSecret,
  listWebhooks,
  pauseWebhook,
  resumeWebhook,
  rotateWebhookSecret,
} from '../../webhooks/webhook.ts';
import { eventFieldName, webhookForm } from './form.ts';

const adminOnly = requireStaff('admin');

export const adminWebhookRoutes = Router();
adminWebhookRoutes.get('/', adminOnly, showWebhooks);
adminWebhookRoutes.get('/new', adminOnly, showNewWebhook);
adminWebhookRoutes.post('/', adminOnly, requireRecentSignIn, submitNewWebhook);
adminWebhookRoutes.get('/:id', adminOnly, showWebhook);
adminWebhookRoutes.post('/:id/tests', adminOnly, submitTest);
adminWebhookRoutes.post('/:id/pause', adminOnly, submitPause);
adminWebhookRoutes.post('/:id/resumption', adminOnly, submitResumption);
adminWebhookRoutes.post('/:id/secrets', adminOnly, requireRecentSignIn, submitSecretRotation);
adminWebhookRoutes.post('/:id/deliveries/:deliveryId/retries', adminOnly, submitRetry);
adminWebhookRoutes.get('/:id/deletion', adminOnly, showDeletion);
adminWebhookRoutes.post('/:id/deletion', adminOnly, requireRecentSignIn, submitDeletion);

async function showWebhooks(_req: Request, res: Response): Promise<void> {
  res.render('admin/webhooks/index', { webhooks: await listWebhooks() });
}

function showNewWebhook(_req: Request, res: Response): void {
  const allEvents = Object.fromEntries(eventTypes.map((type) => [`events[${eventFieldName(type)}]`, 'yes']));
  renderNewWebhook(res, { ...emptyForm, values: allEvents });
}

async function submitNewWebhook(req: Request, res: Response): Promise<void> {
  const form = readForm(webhookForm, req.body);
  const id = await form.run(({ url, events }) => createWebhook(url, events, actorOf(req, res)));
  if (id === null) {
    res.status(422);
    return renderNewWebhook(res, form);
  }
  req.session.createdWebhookId = id;
  await redirectWithMessage(id, t('webhooks:new.added'), req, res);
}

function renderNewWebhook(res: Response, { values, errors }: FormState): void {
  const choices = eventTypes.map((type) => ({
    name: `events[${eventFieldName(type)}]`,
    type,
    description: t(`webhooks:events.${type}`),
  }));
  res.render('admin/webhooks/new', { values, errors, choices });
}

async function showWebhook(req: Request, res: Response): Promise<void> {
  const webhook = await getWebhook(String(req.params.id));
  const page = await listDeliveries(webhook.id, parseCursor(req.query));
  const secret = req.session.createdWebhookId === webhook.id ? await getWebhookSecret(webhook.id) : null;
  delete req.session.createdWebhookId;
  const pendingCount = await countPendingDeliveries(webhook.id);
  res.render('admin/webhooks/show', {
    webhook,
    page,
    pendingCount,
    secret,
    urls: pageLinks(req, page),
  });
}

async function submitTest(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  await sendTestEvent(id, actorOf(req, res));
  await redirectWithMessage(id, t('webhooks:webhook.testQueued'), req, res);
}

async function submitPause(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  await pauseWebhook(id, 'staff', actorOf(req, res));
  await redirectWithMessage(id, t('webhooks:webhook.pausedFlash'), req, res);
}

async function submitResumption(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  await resumeWebhook(id, actorOf(req, res));
  await redirectWithMessage(id, t('webhooks:webhook.resumed'), req, res);
}

async function submitSecretRotation(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  await rotateWebhookSecret(id, actorOf(req, res));
  req.session.createdWebhookId = id;
  await redirectWithMessage(id, t('webhooks:webhook.newSecretCreated'), req, res);
}

async function submitRetry(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  await retryDelivery(id, String(req.params.deliveryId), actorOf(req, res));
  await redirectWithMessage(id, t('webhooks:webhook.retried'), req, res);
}

async function showDeletion(req: Request, res: Response): Promise<void> {
  res.render('admin/webhooks/deletion', { webhook: await getWebhook(String(req.params.id)) });
}

async function submitDeletion(req: Request, res: Response): Promise<void> {
  await deleteWebhook(String(req.params.id), actorOf(req, res));
  flash(req, 'success', t('webhooks:deletion.deleted'));
  await saveSession(req);
  res.redirect(303, '/admin/webhooks');
}

async function redirectWithMessage(id: string, message: string, req: Request, res: Response): Promise<void> {
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, `/admin/webhooks/${id}`);
}
