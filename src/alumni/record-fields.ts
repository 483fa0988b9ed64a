import { z } from 'zod';
import { t } from '../platform/i18n/i18n.ts';
import { findLanguage, languages, nameOfLanguage } from '../platform/i18n/languages.ts';
import { normaliseAddress } from '../platform/text/address.ts';
import { isYearOfBirth } from './age.ts';
import type { RecordColumn } from './record-columns.ts';

const MAX_LENGTH = 100;

const yesNoWords = new Map([
  ...['yes', 'y', 'true', 't', '1', 'x'].map((word): [string, boolean] => [word, true]),
  ...['no', 'n', 'false', 'f', '0'].map((word): [string, boolean] => [word, false]),
]);

// The prefix that our exports add to cells that a spreadsheet would treat as formulas.
const FORMULA_ESCAPE = /^'(?=[=+\-@＝＋－＠])/;

/** The schema of each column, for files and forms. Expects text from `normaliseCell`. `asOf` limits years of birth. */
export function createRecordSchemas(asOf: Date) {
  const thisYear = asOf.getUTCFullYear();
  return {
    external_id: textField.min(1, { error: () => t('alumni:fieldErrors.externalId') }),
    first_name: textField,
    last_name: textField.min(1, { error: () => t('alumni:fieldErrors.lastName') }),
    former_name: textField.transform((name) => name || null),
    email: z.string().transform((typed, context) => {
      const address = normaliseAddress(typed);
      if (typed && !address) context.addIssue(t('alumni:fieldErrors.email'));
      return address;
    }),
    batch: yearField(
      (year) => year >= 1900 && year <= 2100,
      () => t('alumni:fieldErrors.batch'),
    ),
    center: textField.transform((name) => name || null),
    year_of_birth: yearField(
      (year) => isYearOfBirth(year, asOf),
      () => t('alumni:fieldErrors.yearOfBirth', { year: thisYear }),
    ),
    language: languageField,
    active: yesNoField(true),
    deceased: yesNoField(false),
  } satisfies Record<RecordColumn, z.ZodType>;
}

/** Collapses whitespace, composes characters (NFC), and removes the formula prefix of our exports. */
export function normaliseCell(cell: string): string {
  return cell.normalize('NFC').replaceAll(/\s+/g, ' ').trim().replace(FORMULA_ESCAPE, '');
}

const textField = z
  .string()
  .max(MAX_LENGTH, { error: () => t('alumni:fieldErrors.tooLong', { max: MAX_LENGTH }) })
  .refine((cell) => !/\p{Cc}/u.test(cell), {
    error: () => t('alumni:fieldErrors.controlCharacters'),
  });

/** A language tag or the English name of a language, such as `de`, `de-AT` or `German`. We keep the tag that we have. */
const languageField = z.string().transform((typed, context) => {
  const language = typed === '' ? null : findLanguage(typed);
  if (typed !== '' && language === null)
    context.addIssue(t('alumni:fieldErrors.language', { languages: languages.map(nameOfLanguage) }));
  return language;
});

function yearField(isValid: (year: number) => boolean, error: () => string) {
  return z
    .string()
    .refine((cell) => cell === '' || (/^\d{4}$/.test(cell) && isValid(Number(cell))), { error })
    .transform((cell) => (cell === '' ? null : Number(cell)));
}

function yesNoField(defaultValue: boolean) {
  return z
    .string()
    .refine((cell) => cell === '' || yesNoWords.has(cell.toLowerCase()), {
      error: () => t('alumni:fieldErrors.yesNo'),
    })
    .transform((cell) => yesNoWords.get(cell.toLowerCase()) ?? defaultValue);
}
