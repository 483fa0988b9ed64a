import { z } from 'zod';
import { t } from '../i18n/i18n.ts';
import { toMultiLine, toSingleLine } from './text.ts';

/** A single-line text field: trimmed, control characters removed, at most `max` characters. A missing value is empty. */
export function textField(max: number) {
  return z
    .string({ error: () => t('common:form.oneValue') })
    .default('')
    .transform(toSingleLine)
    .refine((typed) => typed.length <= max, { error: () => t('common:form.tooLong', { count: max }) });
}

/** A multi-line text field: like `textField`, but keeps line breaks. */
export function longTextField(max: number) {
  return z
    .string({ error: () => t('common:form.oneValue') })
    .default('')
    .transform(toMultiLine)
    .refine((typed) => typed.length <= max, { error: () => t('common:form.tooLong', { count: max }) });
}

/** A checkbox: `yes`, or empty if not checked. */
export const checkboxField = z.enum(['', 'yes']).default('');
