import { AsyncLocalStorage } from 'node:async_hooks';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { config, projectRoot } from '../config/config.ts';
import { testLanguages } from './test-languages.ts';

/** The folder of the catalogue: one folder per language, one file per domain. */
export const localesFolder = join(projectRoot, 'locales');

/** The languages with a catalogue, as BCP 47 tags. English is complete; other languages fall back to it. */
export const translatedLanguages: readonly string[] = readdirSync(localesFolder).sort();

/** The languages that people can choose. Outside production they include the test languages. */
export const languages: readonly string[] = [
  ...translatedLanguages,
  ...(config.environment === 'production' ? [] : Object.keys(testLanguages)),
];

const englishNames = new Intl.DisplayNames('en', { type: 'language' });

const storage = new AsyncLocalStorage<{ language: string }>();

let office = { language: 'en', timeZone: 'UTC' };

/** Sets the office's language and time zone: `settings` calls it whenever it reads them. */
export function setOfficeLocale(language: string, timeZone: string): void {
  office = { language: parseLanguage(language) ?? 'en', timeZone };
}

/** The IANA name of the office's time zone, such as `Europe/London`. All dates are shown in it. */
export function officeTimeZone(): string {
  return office.timeZone;
}

/** The language of the current request or mail; outside of both, the office's. */
export function currentLanguage(): string {
  return storage.getStore()?.language ?? office.language;
}

/** Runs `work` in a language. `t` and all formatting functions use it, in asynchronous calls too. */
export function runInLanguage<Result>(language: string | null, work: () => Result): Result {
  return storage.run({ language: language ?? office.language }, work);
}

/** Changes the language for the rest of the current `runInLanguage`. */
export function changeLanguage(language: string): void {
  const store = storage.getStore();
  if (store) store.language = language;
}

/** Returns the available language that a tag names, ignoring case, or null. */
export function parseLanguage(tag: string | null | undefined): string | null {
  return languages.find((language) => language.toLowerCase() === tag?.trim().toLowerCase()) ?? null;
}

/** Returns the available language for a tag, a more exact tag, or a language's English name; null if we don't have it. */
export function findLanguage(typed: string): string | null {
  const named = languages.find(
    (language) => englishNames.of(language)?.toLowerCase() === typed.trim().toLowerCase(),
  );
  return named ?? parseLanguage(typed) ?? negotiateLanguage([typed.trim()]);
}

/** Returns the best available language for a browser's preferences, best first. Test languages need an exact match. */
export function negotiateLanguage(tags: readonly string[]): string | null {
  for (const tag of tags) {
    const [base = ''] = tag.toLowerCase().split('-');
    const found = parseLanguage(tag) ?? translatedLanguages.find((language) => language === base);
    if (found !== undefined) return found;
  }
  return null;
}

/** The writing direction of a language, for the `dir` attribute. */
export function directionOf(language: string): 'ltr' | 'rtl' {
  return /^(ar|fa|he|ps|ur)\b/.test(language) ? 'rtl' : 'ltr';
}

/** A language's name in that language: "English", "Deutsch". */
export function nameOfLanguage(language: string): string {
  const testName = testLanguages[language]?.name;
  return testName ?? new Intl.DisplayNames(language, { type: 'language' }).of(language) ?? language;
}

/** The locale for `Intl`. Plain "en" would mean American dates. */
export function intlLocale(): string {
  const language = currentLanguage();
  return language === 'en' || language === 'en-XA' ? 'en-GB' : language;
}
