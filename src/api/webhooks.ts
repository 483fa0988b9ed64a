import { z } from 'zod';
import { t } from '../platform/i18n/i18n.ts';
import { actorOf } from '../sign-in/guard.ts';
import { findEndpointUrlError } from '../webhooks/endpoint.ts';
import { eventTypes } from '../webhooks/events.ts';
import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  getWebhookSecret,
  listWebhooks,
  pauseWebhook,
  resumeWebhook,
  type Webhook,
} from '../webhooks/webhook.ts';
import { defineOperation } from './operation.ts';
import { emptySchema, timeSchema } from './schemas.ts';

const webhookSchema = z
  .strictObject({
    id: z.uuid(),
    url: z.string(),
    events: z.array(z.enum(eventTypes)),
    created_at: timeSchema,
    paused_at: timeSchema.nullable(),
    pause_reason: z.enum(['staff', 'failing', 'gone']).nullable(),
    failing_since: timeSchema.nullable(),
  })
  .meta({ id: 'Webhook' });

const exampleWebhook: z.output<typeof webhookSchema> = {
  id: '6f1c2f0e-6a51-4d0e-9a55-0d6f3c1b2a77',
  url: 'https://hooks.example.org/homecoming',
  events: ['invitation.accepted'],
  created_at: '2026-11-25T14:30:00.000Z',
  paused_at: null,
  pause_reason: null,
  failing_since: null,
};

function toWebhookJson(webhook: Webhook): z.output<typeof webhookSchema> {
  return {
    id: webhook.id,
    url: webhook.url,
    events: [...webhook.events],
    created_at: webhook.createdAt.toISOString(),
    paused_at: webhook.pausedAt?.toISOString() ?? null,
    pause_reason: webhook.pauseReason,
    failing_since: webhook.failingSince?.toISOString() ?? null,
  };
}

export const listWebhooksOperation = defineOperation({
  method: 'get',
  path: '/v1/webhooks',
  operationId: 'listWebhooks',
  summary: 'List webhooks',
  description: 'Returns all webhooks, newest first, without their secrets.',
  permission: 'admin',
  scope: 'webhooks:read',
  query: emptySchema,
  body: null,
  status: 200,
  response: z.strictObject({ items: z.array(webhookSchema) }),
  problemStatuses: [],
  examples: { response: { items: [exampleWebhook] } },
  run: async () => ({ items: (await listWebhooks()).map(toWebhookJson) }),
});

export const createWebhookOperation = defineOperation({
  method: 'post',
  path: '/v1/webhooks',
  operationId: 'createWebhook',
  summary: 'Add a webhook',
  description: 'The answer has the secret that signs its messages. It can’t be retrieved again.',
  permission: 'admin',
  scope: 'webhooks:write',
  query: emptySchema,
  body: z.strictObject({
    url: z
      .string()
      .max(500)
      .superRefine((url, ctx) => {
        const urlError = findEndpointUrlError(url);
        if (urlError) ctx.addIssue(urlError);
      }),
    events: z.array(z.enum(eventTypes)).min(1, { error: () => t('webhooks:new.chooseEvents') }),
  }),
  status: 201,
  response: webhookSchema.extend({ secret: z.string() }).meta({ id: 'NewWebhook' }),
  location: ({ id }) => `/v1/webhooks/${id}`,
  problemStatuses: [],
  examples: {
    body: { url: 'https://hooks.example.org/homecoming', events: ['invitation.accepted'] },
    response: { ...exampleWebhook, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
  },
  async run({ req, res, body: { url, events } }) {
    const id = await createWebhook(url, [...new Set(events)], actorOf(req, res));
    return { ...toWebhookJson(await getWebhook(id)), secret: await getWebhookSecret(id) };
  },
});

export const getWebhookOperation = defineOperation({
  method: 'get',
  path: '/v1/webhooks/:webhook_id',
  operationId: 'getWebhook',
  summary: 'Get a webhook',
  description: 'Returns one webhook, without its secret.',
  permission: 'admin',
  scope: 'webhooks:read',
  query: emptySchema,
  body: null,
  status: 200,
  response: webhookSchema,
  problemStatuses: [404],
  examples: { response: exampleWebhook },
  run: async ({ id }) => toWebhookJson(await getWebhook(id)),
});

export const pauseWebhookOperation = defineOperation({
  method: 'post',
  path: '/v1/webhooks/:webhook_id/pause',
  operationId: 'pauseWebhook',
  summary: 'Pause a webhook',
  description: 'Messages are kept for 30 days, until it is resumed.',
  permission: 'admin',
  scope: 'webhooks:write',
  query: emptySchema,
  body: emptySchema,
  status: 200,
  response: webhookSchema,
  problemStatuses: [404, 409],
  examples: { body: {}, response: exampleWebhook },
  async run({ req, res, id }) {
    await pauseWebhook(id, 'staff', actorOf(req, res));
    return toWebhookJson(await getWebhook(id));
  },
});

export const resumeWebhookOperation = defineOperation({
  method: 'post',
  path: '/v1/webhooks/:webhook_id/resumption',
  operationId: 'resumeWebhook',
  summary: 'Resume a webhook',
  description: 'Sends the messages that have waited.',
  permission: 'admin',
  scope: 'webhooks:write',
  query: emptySchema,
  body: emptySchema,
  status: 200,
  response: webhookSchema,
  problemStatuses: [404, 409],
  examples: { body: {}, response: exampleWebhook },
  async run({ req, res, id }) {
    await resumeWebhook(id, actorOf(req, res));
    return toWebhookJson(await getWebhook(id));
  },
});

export const deleteWebhookOperation = defineOperation({
  method: 'delete',
  path: '/v1/webhooks/:webhook_id',
  operationId: 'deleteWebhook',
  summary: 'Delete a webhook',
  description: 'Deletes it with the log of its messages, and returns it as it was.',
  permission: 'admin',
  scope: 'webhooks:write',
  query: emptySchema,
  body: null,
  status: 200,
  response: webhookSchema,
  problemStatuses: [404],
  examples: { response: exampleWebhook },
  async run({ req, res, id }) {
    const webhook = await getWebhook(id);
    await deleteWebhook(id, actorOf(req, res));
    return toWebhookJson(webhook);
  },
});
