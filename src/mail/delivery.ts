import type { TaskList } from 'graphile-worker';
import { z } from 'zod';
import { type Attempt, attemptWith, type IsHeld, note } from './attempt.ts';
import { Message } from './messages.ts';
import { mailPause } from './pause.ts';
import type { MailTemplate } from './template.ts';
import { type Transport, transport } from './transport.ts';
import { tendMail } from './waiting.ts';

const payloadOfSending = z.object({ messageId: z.uuid() });

/** The crontab line that belongs to `mailTasks`: without it no pause ends. */
export const mailCrontab = '* * * * * tend-mail ?jobKey=tend-mail&queue=tend-mail&max=1';

/** The tasks that send mail, for all templates there are. */
export function mailTasks(
  templates: readonly MailTemplate[],
  post: Transport = transport(),
  isHeld: IsHeld = async () => false,
): TaskList {
  const attempt = attemptWith(templates, post, isHeld);
  return {
    'send-message': (payload) => sendMessage(payloadOfSending.parse(payload).messageId, attempt),
    'tend-mail': () => tendMail(attempt),
  };
}

/**
 * Sends a message, unless it was sent, isn't due any more, or sending is paused. Through a pause it waits without a
 * job until `tend-mail` queues it again: a thousand waiting mails cost a refusing server one sign-in a minute.
 * @throws when the mail could not be handed over now, so that the queue tries again later
 */
async function sendMessage(messageId: string, attempt: Attempt): Promise<void> {
  const message = await Message.scope('waiting').findByPk(messageId);
  if (!message || (await mailPause())) return;
  const outcome = await attempt(message);
  const done = await note(message, outcome);
  if (!done && 'brief' in outcome && outcome.kind !== 'refused') {
    throw new Error(`Not sent yet: ${outcome.brief}`);
  }
}
