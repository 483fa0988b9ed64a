import { join } from 'node:path';
import ejs from 'ejs';
import { config, projectRoot } from '../config/config.ts';
import { formatDate, formatDateTime } from '../text/dates.ts';
import { formatHtmlValue, formatPlainValue, quoteText, sanitiseLine, toMultiLineText } from './plain-text.ts';
import type { MailTemplate } from './template.ts';

export type RenderedMail = Readonly<{ subject: string; text: string; html: string }>;

/** What the office adds to every mail: its name and contact, and the texts that it can reword. */
export type Letterhead = Readonly<{
  organisation: Readonly<{
    name: string;
    supportEmail: string;
    supportPhone: string | null;
    accentColour: string;
    mailFooter: string;
  }>;
  /** The first line, with the person's name where it is known. */
  greeting(name?: string | null): string;
  invitationSubject: string;
}>;

const viewsFolder = join(projectRoot, 'views');

/**
 * Renders the three views of a mail: subject, text and HTML. A view sees `values`, the letterhead, `reference`, `date` and
 * `dateTime`; subject and text also see `quoted`, which indents a text of several lines.
 */
export async function renderMail(
  template: MailTemplate,
  values: Readonly<Record<string, unknown>>,
  reference: string,
  letterhead: Letterhead,
): Promise<RenderedMail> {
  const { organisation } = letterhead;
  const { mailFooter } = organisation;
  const htmlValues = {
    ...values,
    ...letterhead,
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
