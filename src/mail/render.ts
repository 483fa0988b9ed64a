import { join } from 'node:path';
import ejs from 'ejs';
import { config, projectRoot } from '../config.ts';
import { readSettings } from '../settings.ts';
import { formatDate, formatDateTime, organisationOf } from '../web/view.ts';
import { formatHtmlValue, formatPlainValue, quoteText, sanitiseLine, toMultiLineText } from './plain-text.ts';
import type { MailTemplate } from './template.ts';
import { fillPlaceholders, formatGreeting } from './wording.ts';

export type RenderedMail = Readonly<{ subject: string; text: string; html: string }>;

const viewsFolder = join(projectRoot, 'views');

/**
 * Renders a mail's three views. They see the filled values and `organisation`, `reference`, `date`, `dateTime`, the
 * office's own `greeting(name)` and `invitationSubject`;
 * subject and text also `quoted` for a text of several lines.
 */
export async function renderMail(
  template: MailTemplate,
  values: Readonly<Record<string, unknown>>,
  reference: string,
): Promise<RenderedMail> {
  const settings = await readSettings();
  const organisation = organisationOf(settings);
  const { mailFooter } = organisation;
  const officeTexts = {
    greeting: (name?: string | null) => formatGreeting(settings, name),
    invitationSubject: fillPlaceholders(settings.invitationSubject, { organisation: organisation.name }),
  };
  const htmlValues = {
    ...values,
    ...officeTexts,
    organisation,
    reference,
    date: formatDate,
    dateTime: formatDateTime,
  };
  const textValues = {
    ...htmlValues,
    organisation: { ...organisation, mailFooter: mailFooter && toMultiLineText(mailFooter) },
    quoted: quoteText,
  };
  const file = join(viewsFolder, template.views);
  const [subject, text, html] = await Promise.all([
    renderView(`${file}.subject.ejs`, textValues, formatPlainValue),
    renderView(`${file}.text.ejs`, textValues, formatPlainValue),
    renderView(`${file}.html.ejs`, htmlValues, formatHtmlValue),
  ]);
  return { subject: sanitiseLine(subject), text: collapseBlankLines(text), html };
}

function renderView(file: string, values: object, formatValue: (value: unknown) => string): Promise<string> {
  const cache = config.environment === 'production';
  return ejs.renderFile(file, values, { views: [viewsFolder], escape: formatValue, cache });
}

/** What the conditions of a view leave behind: never more than one empty line. */
function collapseBlankLines(text: string): string {
  return `${text
    .replace(/^[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`;
}
