import { config } from '../config/config.ts';
import { inTransaction, queryRows } from '../db/database.ts';
import { officeText } from '../i18n/i18n.ts';
import { currentLanguage, parseLanguage, runInLanguage } from '../i18n/languages.ts';
import { log } from '../log.ts';
import { IS_QUEUED, MAX_SEND_ATTEMPTS, type MessageRow } from './messages.ts';
import type { OutgoingMail, Transport } from './outgoing-mail.ts';
import { pauseMail } from './pause.ts';
import { type Letterhead, renderMail } from './render.ts';
import { classifySmtpError, redactSecrets, type SmtpFailure } from './smtp-error.ts';
import { findBlockingSuppression, liftBounces, type Suppression, suppress } from './suppressions.ts';
import type { MailTemplate } from './template.ts';

export type SendOutcome =
  | Readonly<{ kind: 'sent' | 'on-hold' } | { kind: 'dropped'; reason?: string }>
  | SmtpFailure;

/** What mail needs from the domain. */
export type MailSources = Readonly<{
  templates: readonly MailTemplate[];
  /** The office's name and texts, in the current language. */
  readLetterhead(): Promise<Letterhead>;
  /** The language on file for an address, or null. */
  findLanguage(email: string): Promise<string | null>;
  /** Whether mail to an address is held until staff decide. */
  isOnHold(email: string): Promise<boolean>;
}>;

/** Attempts to send a message once, without recording the outcome: see `recordOutcome`. */
export type SendAttempt = (message: MessageRow) => Promise<SendOutcome>;

export function createSendAttempt(sources: MailSources, transport: Transport): SendAttempt {
  const { templates, isOnHold } = sources;
  const templatesByName = new Map(templates.map((template) => [template.name, template]));
  return async (message) => {
    let mail: OutgoingMail | null;
    try {
      mail = await composeMail(message, templatesByName.get(message.template), sources);
    } catch (error) {
      return compositionFailure(message, error);
    }
    if (!mail) return { kind: 'dropped' };
    if (await isOnHold(message.recipient)) return { kind: 'on-hold' };
    const suppression = await findMessageSuppression(message, templatesByName.get(message.template));
    if (suppression)
      return { kind: 'dropped', reason: officeText(`mail:stored.suppressed.${suppression.kind}`) };
    try {
      await transport.send(mail);
      return { kind: 'sent' };
    } catch (error) {
      return classifySmtpError(error);
    }
  };
}

async function composeMail(
  message: MessageRow,
  template: MailTemplate | undefined,
  { findLanguage, readLetterhead }: MailSources,
): Promise<OutgoingMail | null> {
  if (!template) throw new Error(`There is no mail template "${message.template}".`);
  const language = parseLanguage(await findLanguage(message.recipient));
  return runInLanguage(language, async () => {
    const values = await template.loadValues(message);
    if (!values) return null;
    // The same for each attempt, so that mail programs show a mail once even if it arrives twice.
    const messageId = `<${message.id}@${new URL(config.baseUrl).hostname}>`;
    const letterhead = await readLetterhead();
    const rendered = await renderMail(template, values, message.reference, letterhead);
    return {
      ...rendered,
      messageId,
      to: message.recipient,
      replyTo: letterhead.organisation.supportEmail,
      language: currentLanguage(),
      unsubscribeLink: values.unsubscribeLink ?? null,
    };
  });
}

function compositionFailure(message: MessageRow, error: unknown): SmtpFailure {
  log.error({ err: error, message: message.id, template: message.template }, 'composing a mail failed');
  const reason = redactSecrets(error instanceof Error ? error.message : String(error));
  return { kind: 'deferred', summary: 'composing the mail failed', reason };
}

function findMessageSuppression(
  message: MessageRow,
  template: MailTemplate | undefined,
): Promise<Suppression | null> {
  const { recipient, isRequested } = message;
  return findBlockingSuppression(recipient, { isInvitation: template?.isInvitation ?? false, isRequested });
}

/** Records the outcome of an attempt. @returns whether the message needs no further attempt */
export async function recordOutcome(message: MessageRow, outcome: SendOutcome): Promise<boolean> {
  if (outcome.kind === 'sender-refused') {
    await pauseMail(outcome.reason);
    return false;
  }
  if (outcome.kind === 'on-hold') return true;
  const finalState = finalStateOf(message, outcome);
  const reason = 'reason' in outcome ? (outcome.reason ?? null) : null;
  await inTransaction(async () => {
    await recordFinalState(message, finalState, reason);
    if (finalState === 'bounced') await suppressBounced(message, reason);
    if (finalState === 'sent' && message.isRequested) await liftBounces(message.recipient);
  });
  if ('summary' in outcome) {
    log.warn({ message: message.id, reason: outcome.summary, finalState }, 'a mail was not accepted');
  }
  return finalState !== null;
}

async function recordFinalState(
  message: MessageRow,
  finalState: FinalState,
  reason: string | null,
): Promise<void> {
  await queryRows(
    `update messages set
       sent_at = case when $2 = 'sent' then now() end,
       dropped_at = case when $2 = 'dropped' then now() end,
       bounced_at = case when $2 = 'bounced' then now() end,
       failed_at = case when $2 = 'failed' then now() end,
       attempts = attempts + case when $2 = 'dropped' then 0 else 1 end,
       last_error = $3
     where id = $1 and ${IS_QUEUED}`,
    [message.id, finalState, reason],
  );
}

function suppressBounced(
  { id: messageId, recipient: email }: MessageRow,
  reason: string | null,
): Promise<void> {
  return suppress([{ email, kind: 'bounced', reason, messageId }], { kind: 'system' });
}

type FinalState = 'sent' | 'dropped' | 'bounced' | 'failed' | null;

function finalStateOf(message: MessageRow, { kind }: SendOutcome): FinalState {
  if (kind === 'sent' || kind === 'dropped' || kind === 'bounced') return kind;
  return message.attempts + 1 >= MAX_SEND_ATTEMPTS ? 'failed' : null;
}
