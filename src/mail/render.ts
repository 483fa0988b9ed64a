import { join } from 'node:path';
import ejs from 'ejs';
import { config, projectRoot } from '../config.ts';
import { readSettings } from '../settings.ts';
import { date, dateTime, organisationOf } from '../web/view.ts';
import { htmlValue, linesOf, plainValue, quoted, singleLine } from './plain-text.ts';
import type { MailTemplate } from './template.ts';
import { fillIn, greetingOf } from './wording.ts';

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
  const words = {
    greeting: (name?: string | null) => greetingOf(settings, name),
    invitationSubject: fillIn(settings.invitationSubject, { organisation: organisation.name }),
  };
  const inHtml = { ...values, ...words, organisation, reference, date, dateTime };
  const inText = {
    ...inHtml,
    organisation: { ...organisation, mailFooter: mailFooter && linesOf(mailFooter) },
    quoted,
  };
  const file = join(viewsFolder, template.views);
  const [subject, text, html] = await Promise.all([
    render(`${file}.subject.ejs`, inText, plainValue),
    render(`${file}.text.ejs`, inText, plainValue),
    render(`${file}.html.ejs`, inHtml, htmlValue),
  ]);
  return { subject: singleLine(subject), text: withoutGaps(text), html };
}

function render(file: string, values: object, write: (value: unknown) => string): Promise<string> {
  const cache = config.environment === 'production';
  return ejs.renderFile(file, values, { views: [viewsFolder], escape: write, cache });
}

/** What the conditions of a view leave behind: never more than one empty line. */
function withoutGaps(text: string): string {
  return `${text
    .replace(/^[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`;
}
