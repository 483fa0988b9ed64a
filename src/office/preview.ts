import { config } from '../config.ts';
import { NotFound } from '../errors.ts';
import { log } from '../log.ts';
import type { Message } from '../mail/messages.ts';
import { type RenderedMail, renderMail } from '../mail/render.ts';
import type { MailTemplate } from '../mail/template.ts';
import { samples } from './samples.ts';
import { templates } from './templates.ts';

/** A mail as staff may see it. `isExample`: what it was about is over, so sample values stand in. */
export type Preview = RenderedMail & Readonly<{ isExample: boolean }>;

/** What stands where a mail has its link and its code. */
export const LINK_LEFT_OUT = `${config.baseUrl}/#the-link-is-left-out-here`;
export const CODE_LEFT_OUT = '••••••';

/** A mail of the outbox, without its secret. Null for a template that is no more. */
export async function previewOf(message: Message): Promise<Preview | null> {
  const template = templates.find(({ name }) => name === message.template);
  if (!template) return null;
  const filled = await template.fill(message).catch((error: unknown) => {
    log.warn({ err: error, message: message.id }, 'a mail could not be filled for its preview');
    return null;
  });
  const values = filled ?? sampleOf(template);
  const mail = await renderMail(template, withoutSecret(values), message.reference);
  return { ...mail, isExample: filled === null };
}

/** A template with these values, and sample values for all others. @throws NotFound */
export async function previewOfTemplate(
  name: string,
  values: Readonly<Record<string, unknown>> = {},
): Promise<Preview> {
  const template = templates.find((one) => one.name === name);
  if (!template) throw new NotFound('There is no such mail.');
  const mail = await renderMail(template, withoutSecret({ ...sampleOf(template), ...values }), 'SAMP1234');
  return { ...mail, isExample: true };
}

function sampleOf({ name }: MailTemplate): Readonly<Record<string, unknown>> {
  return samples[name]?.values ?? {};
}

// By structure, before anything is rendered: every link and code goes, the harmless ones too, by whatever name, and so
// does any text that has the shape of a token.
function withoutSecret(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const cleaned = Object.entries(values).map(([key, value]): [string, unknown] => {
    if (/link|url/i.test(key)) return [key, LINK_LEFT_OUT];
    if (/code|token|secret/i.test(key)) return [key, CODE_LEFT_OUT];
    return [key, typeof value === 'string' ? value.replaceAll(/[\w-]{60,}/g, CODE_LEFT_OUT) : value];
  });
  return { ...Object.fromEntries(cleaned), link: LINK_LEFT_OUT, code: CODE_LEFT_OUT };
}
