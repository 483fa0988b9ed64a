import { z } from 'zod';
import { t } from '../platform/i18n/i18n.ts';
import { findLanguage, languages, nameOfLanguage } from '../platform/i18n/languages.ts';
import { describeAddressFault, normaliseAddress, parseAddress } from '../platform/text/address.ts';
import { findNameFault, normaliseName } from '../platform/text/name.ts';
import { collapseSpaces, normaliseIdentifier, toAsciiDigits, toSingleLine } from '../platform/text/text.ts';
import { isYearOfBirth } from './age.ts';
import type { RecordColumn } from './record-columns.ts';

const MAX_LENGTH = 100;

const MAX_OTHER_EMAILS = 2_000;

const personWords = [
  'person',
  'self',
  'own',
  'myself',
  'alumnus',
  'alumna',
  'alum',
  'student',
  'member',
  'selbst',
];
const guardianWords = [
  ...['guardian', 'parent', 'parents', 'family', 'mother', 'father', 'mum', 'mom', 'dad'],
  ...['eltern', 'mutter', 'vater', 'familie', 'famille', 'familia'],
];

const yesNoWords = new Map([
  ...['yes', 'y', 'true', 't', '1', 'x', 'ja', 'wahr', 'oui', 'vrai', 'si', 'sí', 'verdadero', 'active'].map(
    (word): [string, boolean] => [word, true],
  ),
  ...['no', 'n', 'false', 'f', '0', 'nein', 'falsch', 'non', 'faux', 'falso', 'inactive'].map(
    (word): [string, boolean] => [word, false],
  ),
]);

// The prefix that our exports add to cells that a spreadsheet would treat as formulas.
const FORMULA_ESCAPE = /^'(?=[=+\-@＝＋－＠])/;

/** The schema of each column, for files and forms. Expects text from `normaliseCell`. `asOf` limits years of birth. */
export function createRecordSchemas(asOf: Date) {
  const thisYear = asOf.getUTCFullYear();
  return {
    external_id: textField
      .transform(normaliseIdentifier)
      .refine((id) => id !== '', { error: () => t('alumni:fieldErrors.externalId') }),
    first_name: nameField,
    last_name: nameField.refine((name) => name !== '', { error: () => t('alumni:fieldErrors.lastName') }),
    former_name: nameField.transform((name) => name || null),
    email: z.string().transform((typed, context) => {
      const parsed = typed === '' ? null : parseAddress(typed);
      if (parsed === null || 'address' in parsed) return parsed?.address ?? null;
      context.addIssue(t('alumni:fieldErrors.email', { problem: describeAddressFault(parsed.fault) }));
      return z.NEVER;
    }),
    email_of: emailOfField,
    other_emails: otherEmailsField,
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

/** A cell on one line with single spaces, without the formula prefix of our exports. */
export function normaliseCell(cell: string): string {
  return collapseSpaces(toSingleLine(cell)).replace(FORMULA_ESCAPE, '');
}

const textField = z
  .string()
  .max(MAX_LENGTH, { error: () => t('alumni:fieldErrors.tooLong', { max: MAX_LENGTH }) });

const nameField = textField.transform(normaliseName).superRefine((name, context) => {
  const fault = findNameFault(name);
  if (fault !== null) context.addIssue(t(`common:name.${fault}`));
});

/** A language tag or the English name of a language, such as `de`, `de-AT` or `German`. We keep the tag that we have. */
const languageField = z.string().transform((typed, context) => {
  const language = typed === '' ? null : findLanguage(typed);
  if (typed !== '' && language === null)
    context.addIssue(t('alumni:fieldErrors.language', { languages: languages.map(nameOfLanguage) }));
  return language;
});

/** Whose address it is, in a word. */
const emailOfField = z.string().transform((typed, context) => {
  if (typed === '') return null;
  const word = typed.toLowerCase();
  if (personWords.includes(word)) return 'person';
  if (guardianWords.includes(word)) return 'guardian';
  context.addIssue(t('alumni:fieldErrors.emailOf'));
  return z.NEVER;
});

/** Further addresses in any spelling. What isn't an address is left out. */
const otherEmailsField = z.string().transform((typed) => {
  const addresses = typed.split(/[\s,;|]+/).flatMap((part) => normaliseAddress(part) ?? []);
  return [...new Set(addresses)].join(', ').slice(0, MAX_OTHER_EMAILS) || null;
});

function yearField(isValid: (year: number) => boolean, error: () => string) {
  return z
    .string()
    .transform(toAsciiDigits)
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
