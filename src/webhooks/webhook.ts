import { randomUUID } from 'node:crypto';
import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, isInTransaction, row, rows } from '../database.ts';
import { Conflict, NotFound } from '../errors.ts';
import { UUID } from '../text.ts';
import type { EventType } from './events.ts';
import { newSecret, secretText } from './secret.ts';

/** `staff`: somebody paused it; `failing`: nothing got through for days; `gone`: the receiver answered 410. */
export type PauseReason = 'staff' | 'failing' | 'gone';

/** An address of another system that is told what happens. */
export type Webhook = Readonly<{
  id: string;
  url: string;
  events: EventType[];
  createdAt: Date;
  pausedAt: Date | null;
  pausedBecause: PauseReason | null;
  failingSince: Date | null;
  formerUntil: Date | null;
}>;

const COLUMNS = `id, url, events, created_at, paused_at,
  paused_because, failing_since, former_until`;

/** All of them, the newest first. There are few. */
export function allWebhooks(): Promise<Webhook[]> {
  return rows<Webhook>(`select ${COLUMNS} from webhooks order by created_at desc, id`);
}

/** @throws NotFound */
export async function webhookById(id: string): Promise<Webhook> {
  const lock = isInTransaction() ? 'for update' : '';
  const found = UUID.test(id)
    ? await row<Webhook>(`select ${COLUMNS} from webhooks where id = $1 ${lock}`, [id])
    : null;
  if (!found) throw new NotFound('There is no such webhook.');
  return found;
}

/** @returns the new webhook's id */
export function register(url: string, events: readonly EventType[], actor: Actor): Promise<string> {
  return inTransaction(async () => {
    const id = randomUUID();
    const { keyId, sealed } = newSecret(id);
    const by = actor.kind === 'account' ? actor.accountId : null;
    await rows(
      'insert into webhooks (id, url, events, created_by, key_id, sealed) values ($1, $2, $3, $4, $5, $6)',
      [id, url, events, by, keyId, sealed],
    );
    await note('webhook.created', id, { host: new URL(url).host, events }, actor);
    return id;
  });
}

/** The secret that signs, for the one page that shows it. @throws NotFound */
export async function secretOf(id: string): Promise<string> {
  await webhookById(id);
  const kept = await row<{ keyId: number; sealed: Buffer }>(
    'select key_id, sealed from webhooks where id = $1',
    [id],
  );
  if (!kept) throw new NotFound('There is no such webhook.');
  return secretText(kept, id);
}

/** A new secret; for a day the one before signs along, so that the receiver has time to change. @throws NotFound */
export function rotateSecret(id: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    await webhookById(id);
    const { keyId, sealed } = newSecret(id);
    await rows(
      `update webhooks set former_key_id = key_id, former_sealed = sealed,
         former_until = now() + interval '1 day', key_id = $2, sealed = $3 where id = $1`,
      [id, keyId, sealed],
    );
    await note('webhook.secret-changed', id, {}, actor);
  });
}

/** Sends nothing for a while; what happens meanwhile is kept. @throws NotFound, Conflict when it is paused */
export function pause(id: string, because: PauseReason, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    if ((await webhookById(id)).pausedAt) throw new Conflict('It is paused already.');
    await rows('update webhooks set paused_at = now(), paused_because = $2 where id = $1', [id, because]);
    await note('webhook.paused', id, { because }, actor);
  });
}

/** Goes on, with what waited. @throws NotFound, Conflict when it isn't paused */
export function resume(id: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    if (!(await webhookById(id)).pausedAt) throw new Conflict('It isn’t paused.');
    await rows(
      `update webhooks set paused_at = null, paused_because = null, failing_since = null, tried_at = null
       where id = $1`,
      [id],
    );
    await rows(
      `update webhook_deliveries set due_at = now()
       where webhook_id = $1 and delivered_at is null and failed_at is null`,
      [id],
    );
    await queueRound();
    await note('webhook.resumed', id, {}, actor);
  });
}

/** Removes it with its log. @throws NotFound */
export function remove(id: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    const { url } = await webhookById(id);
    await rows('delete from webhooks where id = $1', [id]);
    await note('webhook.removed', id, { host: new URL(url).host }, actor);
  });
}

/** Lets the worker send what is due; all rounds stand in one queue. */
export async function queueRound(): Promise<void> {
  await rows(`select from graphile_worker.add_job('send-webhooks', queue_name := 'webhooks')`, []);
}

function note(
  action: `webhook.${string}`,
  subjectId: string,
  detail: Record<string, unknown>,
  actor: Actor,
): Promise<void> {
  return record(actor, { action, subject: 'webhook', subjectId, detail });
}
