import { config } from '../config.ts';
import { rows } from '../database.ts';
import { log } from '../log.ts';
import { type MessageRow, MOST_ATTEMPTS, STILL_WAITING } from './messages.ts';
import { pauseMail } from './pause.ts';
import { renderMail } from './render.ts';
import { type Setback, setbackOf, withoutSecrets } from './setback.ts';
import type { MailTemplate } from './template.ts';
import type { OutgoingMail, Transport } from './transport.ts';

export type Outcome = Readonly<{ kind: 'sent' | 'dropped' }> | Setback;

/** Tries once to send a message. What comes of it is noted by `note`, or not at all. */
export type Attempt = (message: MessageRow) => Promise<Outcome>;

export function attemptWith(templates: readonly MailTemplate[], post: Transport): Attempt {
  const known = new Map(templates.map((template) => [template.name, template]));
  return async (message) => {
    let mail: OutgoingMail | null;
    try {
      mail = await write(message, known.get(message.template));
    } catch (error) {
      return unwritten(message, error);
    }
    if (!mail) return { kind: 'dropped' };
    try {
      await post.send(mail);
      return { kind: 'sent' };
    } catch (error) {
      return setbackOf(error);
    }
  };
}

async function write(message: MessageRow, template: MailTemplate | undefined): Promise<OutgoingMail | null> {
  if (!template) throw new Error(`There is no mail template "${message.template}".`);
  const values = await template.fill(message);
  if (!values) return null;
  // The same on each try, so that a mailbox shows a mail once although it came twice.
  const messageId = `<${message.id}@${new URL(config.baseUrl).hostname}>`;
  return { ...(await renderMail(template, values, message.reference)), messageId, to: message.recipient };
}

function unwritten(message: MessageRow, error: unknown): Setback {
  log.error({ err: error, message: message.id, template: message.template }, 'a mail could not be written');
  const reason = withoutSecrets(error instanceof Error ? error.message : String(error));
  return { kind: 'deferred', brief: 'the mail could not be written', reason };
}

/** Notes what came of a try. @returns whether the message is done with, well or badly */
export async function note(message: MessageRow, outcome: Outcome): Promise<boolean> {
  if (outcome.kind === 'refused') {
    await pauseMail(outcome.reason);
    return false;
  }
  const end = endOf(message, outcome);
  await rows(
    `update messages set
       sent_at = case when $2 = 'sent' then now() end,
       dropped_at = case when $2 = 'dropped' then now() end,
       bounced_at = case when $2 = 'bounced' then now() end,
       failed_at = case when $2 = 'failed' then now() end,
       attempts = attempts + case when $2 = 'dropped' then 0 else 1 end,
       last_error = $3
     where id = $1 and ${STILL_WAITING}`,
    [message.id, end, 'reason' in outcome ? outcome.reason : null],
  );
  if ('brief' in outcome) {
    log.warn({ message: message.id, why: outcome.brief, end }, 'a mail was not taken');
  }
  return end !== null;
}

function endOf(message: MessageRow, { kind }: Outcome): 'sent' | 'dropped' | 'bounced' | 'failed' | null {
  if (kind === 'sent' || kind === 'dropped' || kind === 'bounced') return kind;
  return message.attempts + 1 >= MOST_ATTEMPTS ? 'failed' : null;
}
