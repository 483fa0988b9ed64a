import { randomUUID } from 'node:crypto';
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { type Actor, accountIdOf, recordEvent } from '../platform/audit/audit.ts';
import { database, inTransaction, isInTransaction, NOW, queryRows } from '../platform/db/database.ts';
import { Conflict, NotFound } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { UUID_PATTERN } from '../platform/text/text.ts';
import { WebhookDelivery } from './delivery.ts';
import type { EventType } from './events.ts';
import { formatSecret, generateSecret } from './secret.ts';

/** `staff`: paused by staff. `failing`: every delivery has failed for days. `gone`: the endpoint answered 410. */
export type PauseReason = 'staff' | 'failing' | 'gone';

/** An endpoint of another system that receives events. */
export class Webhook extends Model<InferAttributes<Webhook>, InferCreationAttributes<Webhook>> {
  declare id: string;
  declare url: string;
  declare events: readonly EventType[];
  declare createdAt: CreationOptional<Date>;
  declare createdBy: CreationOptional<string | null>;
  /** The encrypted signing secret, and the id of the key that encrypted it. */
  declare keyId: number;
  declare encrypted: Buffer;
  /** The secret before the last rotation, which also signs until `previousValidUntil`. */
  declare previousKeyId: CreationOptional<number | null>;
  declare previousEncrypted: CreationOptional<Buffer | null>;
  declare previousValidUntil: CreationOptional<Date | null>;
  declare pausedAt: CreationOptional<Date | null>;
  declare pauseReason: CreationOptional<PauseReason | null>;
  /** The start of the current series of failures; null if the last delivery succeeded. */
  declare failingSince: CreationOptional<Date | null>;
  declare lastAttemptAt: CreationOptional<Date | null>;
}

Webhook.init(
  {
    id: { type: DataTypes.UUID, primaryKey: true },
    url: DataTypes.TEXT,
    events: DataTypes.ARRAY(DataTypes.TEXT),
    createdAt: DataTypes.DATE,
    createdBy: DataTypes.BIGINT,
    keyId: DataTypes.SMALLINT,
    encrypted: DataTypes.BLOB,
    previousKeyId: DataTypes.SMALLINT,
    previousEncrypted: DataTypes.BLOB,
    previousValidUntil: DataTypes.DATE,
    pausedAt: DataTypes.DATE,
    pauseReason: DataTypes.TEXT,
    failingSince: DataTypes.DATE,
    lastAttemptAt: DataTypes.DATE,
  },
  { sequelize: database, tableName: 'webhooks' },
);

/** All webhooks, newest first. There are only a few. */
export function listWebhooks(): Promise<Webhook[]> {
  return Webhook.findAll({ order: [['createdAt', 'DESC'], 'id'] });
}

/** @throws NotFound */
export async function getWebhook(id: string): Promise<Webhook> {
  const found = UUID_PATTERN.test(id) ? await Webhook.findByPk(id, { lock: isInTransaction() }) : null;
  if (!found) throw new NotFound(t('webhooks:errors.noWebhook'));
  return found;
}

/** @returns the new webhook's id */
export function createWebhook(url: string, events: readonly EventType[], actor: Actor): Promise<string> {
  return inTransaction(async () => {
    const id = randomUUID();
    const createdBy = accountIdOf(actor);
    await Webhook.create({ id, url, events, createdBy, ...generateSecret(id) });
    await recordWebhookEvent('webhook.created', id, { host: new URL(url).host, events }, actor);
    return id;
  });
}

/** Decrypts the signing secret, for the page that shows it once. @throws NotFound */
export async function getWebhookSecret(id: string): Promise<string> {
  return formatSecret(await getWebhook(id), id);
}

/** Replaces the signing secret. The previous one also signs for a day, so that receivers can change over. @throws NotFound */
export function rotateWebhookSecret(id: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    await getWebhook(id);
    const { keyId, encrypted } = generateSecret(id);
    await queryRows(
      `update webhooks set previous_key_id = key_id, previous_encrypted = encrypted,
         previous_valid_until = now() + interval '1 day', key_id = $2, encrypted = $3 where id = $1`,
      [id, keyId, encrypted],
    );
    await recordWebhookEvent('webhook.secret-rotated', id, {}, actor);
  });
}

/** Stops sending. Events are kept until the webhook is resumed. @throws NotFound, or Conflict if it is already paused */
export function pauseWebhook(id: string, reason: PauseReason, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    if ((await getWebhook(id)).pausedAt) throw new Conflict(t('webhooks:errors.alreadyPaused'));
    await Webhook.update({ pausedAt: NOW, pauseReason: reason }, { where: { id } });
    await recordWebhookEvent('webhook.paused', id, { reason }, actor);
  });
}

/** Resumes sending, beginning with the pending deliveries. @throws NotFound, or Conflict if it isn't paused */
export function resumeWebhook(id: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    const webhook = await getWebhook(id);
    if (!webhook.pausedAt) throw new Conflict(t('webhooks:errors.notPaused'));
    await webhook.update({ pausedAt: null, pauseReason: null, failingSince: null, lastAttemptAt: null });
    await WebhookDelivery.scope('pending').update({ dueAt: NOW }, { where: { webhookId: id } });
    await queueSendWebhooks();
    await recordWebhookEvent('webhook.resumed', id, {}, actor);
  });
}

/** Deletes a webhook and its log. @throws NotFound */
export function deleteWebhook(id: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    const webhook = await getWebhook(id);
    await webhook.destroy();
    await recordWebhookEvent('webhook.deleted', id, { host: new URL(webhook.url).host }, actor);
  });
}

/** Queues the job that sends due deliveries, in a queue of its own. */
export async function queueSendWebhooks(): Promise<void> {
  await queryRows(`select from graphile_worker.add_job('send-webhooks', queue_name := 'webhooks')`, []);
}

function recordWebhookEvent(
  action: `webhook.${string}`,
  subjectId: string,
  detail: Record<string, unknown>,
  actor: Actor,
): Promise<void> {
  return recordEvent(actor, { action, subject: 'webhook', subjectId, detail });
}
