import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInstance, type TFunction } from 'i18next';
import { config } from '../config/config.ts';
import { log } from '../log.ts';
import { type Day, formatDate, formatDateTime, formatDay, formatTime } from './dates.ts';
import {
  currentLanguage,
  intlLocale,
  languages,
  localesFolder,
  runInLanguage,
  translatedLanguages,
} from './languages.ts';
import { type Catalogue, createTestCatalogue } from './test-languages.ts';
import type { Resources } from './types.d.ts';

type Domains = (keyof Resources)[];
type Values = Readonly<Record<string, unknown>>;

const english = readCatalogue('en');

const i18n = createInstance({
  resources: Object.fromEntries(
    languages.map((language) => [
      language,
      translatedLanguages.includes(language)
        ? readCatalogue(language)
        : createTestCatalogue(language, english),
    ]),
  ),
  supportedLngs: languages,
  fallbackLng: 'en',
  ns: Object.keys(english),
  defaultNS: 'common',
  initAsync: false,
  load: 'currentOnly',
  returnNull: false,
  // Views escape when they print.
  interpolation: { escapeValue: false },
  saveMissing: true,
  missingKeyHandler: (_languages, domain, key) => reportFault(`${domain}:${key} is not in the catalogue`),
  missingInterpolationHandler: (text: string, match: RegExpExecArray) => {
    reportFault(`"${text}" needs a value for ${match[0]}`);
    return '';
  },
});
void i18n.init();

const { formatter } = i18n.services;
formatter?.add('date', (value: Date | Day) => formatDate(value));
formatter?.add('day', (value: Date | Day) => formatDay(value));
formatter?.add('time', (value: Date) => formatTime(value));
formatter?.add('dateTime', (value: Date) => formatDateTime(value));
formatter?.add('list', (value: string[]) => formatList(value));
formatter?.add('number', (value: number) => formatNumber(value));

const translators = new Map(languages.map((language) => [language, i18n.getFixedT(language)]));

/**
 * Returns a text of the catalogue in the current language: `t('domain:page.key', { count, name })`. Placeholders can name a
 * format: `{{until, date}}` (also `day`, `time`, `dateTime`), `{{names, list}}`, `{{count, number}}`.
 */
export const t = ((key: string, values?: Values) =>
  translators.get(currentLanguage())?.(key as never, values as never)) as unknown as TFunction<Domains>;

/** Whether the catalogue has a text. For keys with a name from the database, which may be older than the code. */
export function hasText(key: string): boolean {
  return i18n.exists(key, { lng: 'en' });
}

/** Returns a text that is stored for staff: in the office's language, whatever the current one is. */
export const officeText = ((key: string, values?: Values) =>
  runInLanguage(null, () => t(key as never, values as never))) as unknown as typeof t;

/** A piece of a text with tags. `tag` is null outside of tags. */
export type TextPart = Readonly<{ tag: string | null; text: string }>;

// Stands for "<" in inserted values, so that a name can't contain a tag.
const ESCAPED = '\uE000';

/** Returns a text with tags, such as `Read the <terms>terms</terms>.`, in parts. Tags don't nest. */
export const rich = ((key: string, values: Values = {}): TextPart[] => {
  const interpolation = { escapeValue: true, escape: (text: string) => text.replaceAll('<', ESCAPED) };
  const text = String(t(key as never, { ...values, interpolation } as never));
  const parts: TextPart[] = [];
  const add = (tag: string | null, part: string) => {
    if (part !== '') parts.push({ tag, text: part.replaceAll(ESCAPED, '<') });
  };
  let end = 0;
  for (const match of text.matchAll(/<(\w+)>(.*?)<\/\1>/gs)) {
    const [all, tag = '', inner = ''] = match;
    add(null, text.slice(end, match.index));
    add(tag, inner);
    end = match.index + all.length;
  }
  add(null, text.slice(end));
  return parts;
}) as (key: Parameters<typeof t>[0], values?: Values) => TextPart[];

/** Formats a number: "10,000". */
export function formatNumber(value: number): string {
  return numberFormatter({}).format(value);
}

/** Formats a share from 0 to 1: "34 %" in the language's own way. */
export function formatPercent(share: number, maximumFractionDigits = 0): string {
  return numberFormatter({ style: 'percent', maximumFractionDigits }).format(share);
}

// Constructing a formatter costs much more than formatting a number.
const numberFormatters = new Map<string, Intl.NumberFormat>();

function numberFormatter(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const locale = intlLocale();
  const key = `${locale} ${Object.values(options).join()}`;
  const formatter = numberFormatters.get(key) ?? new Intl.NumberFormat(locale, options);
  numberFormatters.set(key, formatter);
  return formatter;
}

/** Joins texts: "Ada, Bo and Cy". */
export function formatList(texts: readonly string[]): string {
  return new Intl.ListFormat(intlLocale()).format(texts);
}

function readCatalogue(language: string): Catalogue {
  const folder = join(localesFolder, language);
  return Object.fromEntries(
    readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .map((file) => [file.slice(0, -'.json'.length), JSON.parse(readFileSync(join(folder, file), 'utf8'))]),
  );
}

/** Outside production a fault in the catalogue is an error, so that tests find it. */
function reportFault(fault: string): void {
  if (config.environment !== 'production') throw new Error(fault);
  log.error({ fault }, 'the catalogue has a fault');
}
