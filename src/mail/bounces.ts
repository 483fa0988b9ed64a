import { Op } from 'sequelize';
import { type Actor, record } from '../audit/audit.ts';
import { columnsOf, inTransaction, NOW } from '../database.ts';
import { Conflict } from '../errors.ts';
import { Conditions, type Cursor, type Page, readPage } from '../paging.ts';
import { Message, type MessageRow } from './messages.ts';
import { messageById } from './outbox.ts';

// A mail that went through later takes a bounce back by itself; of several bounces the last one counts.
const STANDING = `m.bounced_at is not null and m.bounce_released_at is null and not exists (
  select from messages later where later.recipient = m.recipient
    and coalesce(later.sent_at, later.bounced_at) is not null
    and (coalesce(later.sent_at, later.bounced_at), later.id) > (m.bounced_at, m.id))`;

/** The mails that say which addresses can't be reached, one page, the latest first: see `hasBounced`. */
export function listBounces(cursor: Cursor | null): Promise<Page<MessageRow>> {
  return readPage<MessageRow>({
    select: columnsOf(Message, 'm'),
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
    const where = { recipient, bouncedAt: { [Op.ne]: null }, bounceReleasedAt: null };
    const [bounces] = await Message.update({ bounceReleasedAt: NOW }, { where });
    if (bounces === 0) throw new Conflict('Nothing holds mail to this address back any more.');
    const event = { action: 'mail.bounce-released', subject: 'message', subjectId: messageId } as const;
    await record(actor, { ...event, detail: { bounces } });
  });
  return recipient;
}
