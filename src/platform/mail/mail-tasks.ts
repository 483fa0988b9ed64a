import type { TaskList } from 'graphile-worker';
import { z } from 'zod';
import { Message } from './messages.ts';
import { maintainOutbox } from './outbox-maintenance.ts';
import type { Transport } from './outgoing-mail.ts';
import { findMailPause } from './pause.ts';
import { createSendAttempt, type MailSources, recordOutcome, type SendAttempt } from './send.ts';
import { getTransport } from './transport.ts';

const sendMessagePayload = z.object({ messageId: z.uuid() });

/** The crontab line for `mailTasks`. Without it a pause never ends. */
export const mailCrontab = '* * * * * maintain-outbox ?jobKey=maintain-outbox&queue=maintain-outbox&max=1';

/** The worker's mail tasks. */
export function mailTasks(sources: MailSources, mailTransport: Transport = getTransport()): TaskList {
  const attempt = createSendAttempt(sources, mailTransport);
  return {
    'send-message': (payload) => sendMessage(sendMessagePayload.parse(payload).messageId, attempt),
    'maintain-outbox': () => maintainOutbox(attempt),
  };
}

/**
 * Sends a queued message. While sending is paused, it does nothing; `maintain-outbox` queues the message again afterwards, so
 * that a server that rejects our sign-in gets one attempt per minute, not one per message.
 * @throws Error if the mail could not be sent now, so that the queue retries
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
