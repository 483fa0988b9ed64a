import type { TaskList } from 'graphile-worker';
import { z } from 'zod';
import { Message } from './messages.ts';
import { maintainOutbox } from './outbox-maintenance.ts';
import type { Transport } from './outgoing-mail.ts';
import { findMailPause } from './pause.ts';
import type { Letterhead } from './render.ts';
import { createSendAttempt, type IsOnHold, recordOutcome, type SendAttempt } from './send.ts';
import type { MailTemplate } from './template.ts';
import { getTransport } from './transport.ts';

const sendMessagePayload = z.object({ messageId: z.uuid() });

/** The crontab line that belongs to `mailTasks`: without it no pause ends. */
export const mailCrontab = '* * * * * maintain-outbox ?jobKey=maintain-outbox&queue=maintain-outbox&max=1';

/** The tasks that send mail, for all templates there are. */
export function mailTasks(
  templates: readonly MailTemplate[],
  readLetterhead: () => Promise<Letterhead>,
  mailTransport: Transport = getTransport(),
  isOnHold: IsOnHold = async () => false,
): TaskList {
  const attempt = createSendAttempt(templates, readLetterhead, mailTransport, isOnHold);
  return {
    'send-message': (payload) => sendMessage(sendMessagePayload.parse(payload).messageId, attempt),
    'maintain-outbox': () => maintainOutbox(attempt),
  };
}

/**
 * Sends a message, unless it was sent, isn't due any more, or sending is paused. Through a pause it waits without a
 * job until `maintain-outbox` queues it again: a thousand waiting mails cost a refusing server one sign-in a minute.
 * @throws when the mail could not be handed over now, so that the queue tries again later
 */
async function sendMessage(messageId: string, attempt: SendAttempt): Promise<void> {
  const message = await Message.scope('queued').findByPk(messageId);
  if (!message || (await findMailPause())) return;
  const outcome = await attempt(message);
  const done = await recordOutcome(message, outcome);
  if (!done && 'summary' in outcome && outcome.kind !== 'sender-refused') {
    throw new Error(`Not sent yet: ${outcome.summary}`);
  }
}
