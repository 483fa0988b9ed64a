import { join } from 'node:path';
import ejs from 'ejs';
import { config, projectRoot } from '../config/config.ts';
import { formatDate, formatDateTime, formatDay } from '../i18n/dates.ts';
import { rich, t } from '../i18n/i18n.ts';
import { currentLanguage, directionOf } from '../i18n/languages.ts';
import {
  breakUpDots,
  formatHtmlValue,
  formatPlainValue,
  quoteText,
  sanitiseLine,
  toMultiLineText,
} from './plain-text.ts';
import type { MailTemplate } from './template.ts';

export type RenderedMail = Readonly<{ subject: string; text: string; html: string }>;

/** The people whom an invitation mail names, if they are known. */
export type InvitationPeople = Readonly<{ name: string | null; inviter: string | null }>;

/** The organisation's own logo. Width and height are in pixels. */
export type OrganisationLogo = Readonly<{ path: string; width: number; height: number }>;

/** What every mail has from the settings: the organisation's name and contact, and the texts that the office can reword. */
export type Letterhead = Readonly<{
  organisation: Readonly<{
    name: string;
    supportEmail: string;
    supportPhone: string | null;
    accentColour: string;
    logo: OrganisationLogo | null;
    /** The absolute URL of the logo, for mails. */
    logoUrl: string | null;
    mailFooter: string;
    /** Whether the pages `/privacy` and `/terms` exist. */
    hasPrivacyNotice: boolean;
    hasTerms: boolean;
    siteUrl: string;
  }>;
  /** The first line, with the person's name if known, or else a family's name. */
  greeting(name?: string | null, family?: string | null): string;
  invitationSubject: string;
  /** The office's own text, in paragraphs. Null: the standard sentence about who invites to what. */
  invitationIntro(people: InvitationPeople): string | null;
  /** The lines before the signature. */
  invitationClosing(people: InvitationPeople): string;
}>;

const viewsFolder = join(projectRoot, 'views');

/**
 * Renders the three views of a mail, in the current language: subject, text and HTML. Views get `values`, the letterhead,
 * `reference`, the formats `date`, `day` and `dateTime`, `t` and `rich`. In subject and text, `t` removes tags,
 * `multiLine` keeps line breaks, and `quoted` quotes multi-line text.
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
    day: formatDay,
    dateTime: formatDateTime,
    t: (key: TextKey, values?: TextValues) => t(key as never, unlinked(values) as never),
    rich: (key: TextKey, values?: TextValues) => rich(key, unlinked(values)),
    language: currentLanguage(),
    direction: directionOf(currentLanguage()),
  };
  const textValues = {
    ...htmlValues,
    organisation: { ...organisation, mailFooter: mailFooter && toMultiLineText(mailFooter) },
    t: plainText,
    multiLine: toMultiLineText,
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

type TextKey = Parameters<typeof rich>[0];
type TextValues = Readonly<Record<string, unknown>>;

/** The values for a text, with names that mail programs won't turn into links. */
function unlinked(values: TextValues = {}): TextValues {
  const entries = Object.entries(values);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? breakUpDots(value) : value]),
  );
}

/** A text of the catalogue without its tags. */
function plainText(key: TextKey, values?: TextValues): string {
  return rich(key, unlinked(values))
    .map(({ text }) => text)
    .join('');
}

function renderView(file: string, values: object, formatValue: (value: unknown) => string): Promise<string> {
  const cache = config.environment === 'production';
  return ejs.renderFile(file, values, { views: [viewsFolder], escape: formatValue, cache });
}

/** Collapses consecutive blank lines, which conditions in a view leave behind. */
function collapseBlankLines(text: string): string {
  return `${text
    .replace(/^[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`;
}
