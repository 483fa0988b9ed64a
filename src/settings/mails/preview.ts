import { findLanguageOf } from '../../invitations/language.ts';
import { config } from '../../platform/config/config.ts';
import { NotFound } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { parseLanguage, runInLanguage } from '../../platform/i18n/languages.ts';
import { log } from '../../platform/log.ts';
import type { Message } from '../../platform/mail/messages.ts';
import { type RenderedMail, renderMail } from '../../platform/mail/render.ts';
import type { MailTemplate } from '../../platform/mail/template.ts';
import { readLetterhead } from '../letterhead.ts';
import { mailSamples } from './samples.ts';
import { mailTemplates } from './templates.ts';

/** A mail without its secrets. `isExample`: it shows sample values, because the real ones no longer exist. */
export type MailPreview = RenderedMail & Readonly<{ isExample: boolean }>;

export const LINK_PLACEHOLDER = `${config.baseUrl}/#link-omitted`;
export const CODE_PLACEHOLDER = '••••••';

/** Renders a message, in its recipient's language, without its link and code. Null if its template no longer exists. */
export async function previewMessage(message: Message): Promise<MailPreview | null> {
  const template = mailTemplates.find(({ name }) => name === message.template);
  if (!template) return null;
  return runInLanguage(parseLanguage(await findLanguageOf(message.recipient)), async () => {
    const filled = await template.loadValues(message).catch((error: unknown) => {
      log.warn({ err: error, message: message.id }, 'loading the values of a mail preview failed');
      return null;
    });
    const values = maskLinksAndCodes(filled ?? sampleValues(template));
    const mail = await renderMail(template, values, message.reference, await readLetterhead());
    return { ...mail, isExample: filled === null };
  });
}

/** Renders a template with `values`, and sample values for the rest. @throws NotFound */
export async function previewTemplate(
  name: string,
  values: Readonly<Record<string, unknown>> = {},
): Promise<MailPreview> {
  const template = mailTemplates.find((candidate) => candidate.name === name);
  if (!template) throw new NotFound(t('settings:mails.notFound'));
  const mail = await renderMail(
    template,
    maskLinksAndCodes({ ...sampleValues(template), ...values }),
    'SAMP1234',
    await readLetterhead(),
  );
  return { ...mail, isExample: true };
}

function sampleValues({ name }: MailTemplate): Readonly<Record<string, unknown>> {
  return mailSamples[name] ?? {};
}

// Replaces values by their names before rendering: every link and code, including harmless ones, and any text that looks
// like a token.
function maskLinksAndCodes(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const cleaned = Object.entries(values).map(([key, value]): [string, unknown] => {
    if (/link|url/i.test(key)) return [key, LINK_PLACEHOLDER];
    if (/code|token|secret/i.test(key)) return [key, CODE_PLACEHOLDER];
    return [key, typeof value === 'string' ? value.replaceAll(/[\w-]{60,}/g, CODE_PLACEHOLDER) : value];
  });
  return { ...Object.fromEntries(cleaned), link: LINK_PLACEHOLDER, code: CODE_PLACEHOLDER };
}
