import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, rows } from '../database.ts';
import { Conflict } from '../errors.ts';
import { Conditions, type Cursor, type Page, readPage } from '../paging.ts';
import { messageById } from './outbox.ts';

/** An address whose last mail was refused for good; `id` is that mail. */
export type Bounce = Readonly<{
  id: string;
  recipient: string;
  template: string;
  bouncedAt: Date;
  lastError: string | null;
}>;

// A mail that went through later takes a bounce back by itself; of several bounces the last one counts.
const STANDING = `m.bounced_at is not null and m.bounce_released_at is null and not exists (
  select from messages later where later.recipient = m.recipient
    and coalesce(later.sent_at, later.bounced_at) is not null
    and (coalesce(later.sent_at, later.bounced_at), later.id) > (m.bounced_at, m.id))`;

/** One page of the addresses that mail doesn't reach, the latest first: see `hasBounced`. */
export function listBounces(cursor: Cursor | null): Promise<Page<Bounce>> {
  return readPage<Bounce>({
    select: `m.id, m.recipient, m.template, m.bounced_at, m.last_error`,
    from: 'messages m',
    conditions: new Conditions().and(STANDING),
    order: [
      { sql: 'm.bounced_at', type: 'timestamptz' },
      { sql: 'm.id', type: 'uuid' },
    ],
    descending: true,
    cursor,
  });
}

/** Counts an address as one that takes mail again. @throws Conflict when nothing holds mail back */
export async function releaseAddress(messageId: string, actor: Actor): Promise<string> {
  const { recipient } = await messageById(messageId);
  await inTransaction(async () => {
    const released = await rows(
      `update messages set bounce_released_at = now()
       where recipient = $1 and bounced_at is not null and bounce_released_at is null returning id`,
      [recipient],
    );
    if (released.length === 0) throw new Conflict('Nothing holds mail to this address back any more.');
    const event = { action: 'mail.bounce-released', subject: 'message', subjectId: messageId } as const;
    await record(actor, { ...event, detail: { bounces: released.length } });
  });
  return recipient;
}
