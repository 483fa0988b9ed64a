import { z } from 'zod';
import { type ReasonName, warningNames } from '../invitations/eligibility/eligibility.ts';
import { validityDaysField } from '../invitations/validity.ts';
import { t } from '../platform/i18n/i18n.ts';
import { languages } from '../platform/i18n/languages.ts';
import { digitsField, textField } from '../platform/text/fields.ts';

/** A text that can't be left empty. */
export function requiredTextField(maxLength: number, error: () => string) {
  return textField(maxLength).refine((typed) => typed.length > 0, { error });
}

export const reasonField = requiredTextField(500, () => t('common:form.reasonMissing'));

/** A language, or empty for the office's default. */
export const languageField = textField(20)
  .refine((typed) => typed === '' || languages.includes(typed), {
    error: () => t('common:form.chooseLanguage'),
  })
  .transform((typed) => typed || null);

/** A number of days; an empty field counts as `defaultDays`. */
export function daysField(defaultDays = '') {
  return digitsField(5)
    .transform((typed) => (/^\d+$/.test(typed || defaultDays) ? Number(typed || defaultDays) : Number.NaN))
    .pipe(validityDaysField);
}

/** The names of the warnings to override: `declined,account`, or one per field. Other names are ignored. */
export const overrideField = z
  .union([z.string(), z.array(z.string())])
  .default('')
  .transform((typed) => [typed].flat().flatMap((names) => names.split(',')))
  .transform((names) =>
    names.filter((name): name is ReasonName => warningNames.some((warning) => warning === name)),
  );
