import { config } from '../config.ts';
import { inTransaction, rows } from '../database.ts';
import { log } from '../log.ts';
import { type MessageRow, MOST_ATTEMPTS, STILL_WAITING } from './messages.ts';
import { pauseMail } from './pause.ts';
import { renderMail } from './render.ts';
import { type Setback, setbackOf, withoutSecrets } from './setback.ts';
import { liftBounces, type Suppression, stoppedBy, suppress } from './suppressions.ts';
import type { MailTemplate } from './template.ts';
import type { OutgoingMail, Transport } from './transport.ts';

export type Outcome = Readonly<{ kind: 'sent' | 'held' } | { kind: 'dropped'; reason?: string }> | Setback;

/** Whether mail to an address waits for a decision of the staff, see `isHeldBack` of invitations. */
export type IsHeld = (email: string) => Promise<boolean>;

/** Tries once to send a message. What comes of it is noted by `note`, or not at all. */
export type Attempt = (message: MessageRow) => Promise<Outcome>;

export function attemptWith(templates: readonly MailTemplate[], post: Transport, isHeld: IsHeld): Attempt {
  const known = new Map(templates.map((template) => [template.name, template]));
  return async (message) => {
    let mail: OutgoingMail | null;
    try {
      mail = await write(message, known.get(message.template));
    } catch (error) {
      return unwritten(message, error);
    }
    if (!mail) return { kind: 'dropped' };
    if (await isHeld(message.recipient)) return { kind: 'held' };
    const stop = await whatStops(message, known.get(message.template));
    if (stop) return { kind: 'dropped', reason: `Not sent: the address is suppressed (${stop.kind}).` };
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

function whatStops(message: MessageRow, template: MailTemplate | undefined): Promise<Suppression | null> {
  const { recipient, isRequested } = message;
  return stoppedBy(recipient, { isInvitation: template?.isInvitation ?? false, isRequested });
}

/** Notes what came of a try. @returns whether the message is done with, well or badly */
export async function note(message: MessageRow, outcome: Outcome): Promise<boolean> {
  if (outcome.kind === 'refused') {
    await pauseMail(outcome.reason);
    return false;
  }
  if (outcome.kind === 'held') return true;
  const end = endOf(message, outcome);
  const reason = 'reason' in outcome ? (outcome.reason ?? null) : null;
  await inTransaction(async () => {
    await noteEnd(message, end, reason);
    if (end === 'bounced') await suppressBounced(message, reason);
    if (end === 'sent' && message.isRequested) await liftBounces(message.recipient);
  });
  if ('brief' in outcome) {
    log.warn({ message: message.id, why: outcome.brief, end }, 'a mail was not taken');
  }
  return end !== null;
}

async function noteEnd(message: MessageRow, end: End, reason: string | null): Promise<void> {
  await rows(
    `update messages set
       sent_at = case when $2 = 'sent' then now() end,
       dropped_at = case when $2 = 'dropped' then now() end,
       bounced_at = case when $2 = 'bounced' then now() end,
       failed_at = case when $2 = 'failed' then now() end,
       attempts = attempts + case when $2 = 'dropped' then 0 else 1 end,
       last_error = $3
     where id = $1 and ${STILL_WAITING}`,
    [message.id, end, reason],
  );
}

function suppressBounced(
  { id: messageId, recipient: email }: MessageRow,
  because: string | null,
): Promise<void> {
  return suppress([{ email, kind: 'bounced', because, messageId }], { kind: 'system' });
}

type End = 'sent' | 'dropped' | 'bounced' | 'failed' | null;

function endOf(message: MessageRow, { kind }: Outcome): End {
  if (kind === 'sent' || kind === 'dropped' || kind === 'bounced') return kind;
  return message.attempts + 1 >= MOST_ATTEMPTS ? 'failed' : null;
}
