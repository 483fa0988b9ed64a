import { z } from 'zod';
import { t } from '../i18n/i18n.ts';
import { describeAddressFault, MAX_TYPED_ADDRESS, parseAddress } from './address.ts';
import { findNameFault, normaliseName } from './name.ts';
import { hasVisibleCharacter, toAsciiDigits, toMultiLine, toSingleLine } from './text.ts';

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

/** A single-line text field whose digits may be typed in any script: a code, a year or a number. */
export function digitsField(max: number) {
  return textField(max).transform(toAsciiDigits);
}

/** An e-mail address, normalised. */
export const addressField = textField(MAX_TYPED_ADDRESS).transform((typed, ctx) => {
  const parsed = parseAddress(typed);
  if ('address' in parsed) return parsed.address;
  ctx.addIssue(describeAddressFault(parsed.fault));
  return z.NEVER;
});

/** A person's name, or an empty string. */
export const optionalName = textField(200)
  .transform(normaliseName)
  .superRefine((name, ctx) => {
    const fault = findNameFault(name);
    if (fault !== null) ctx.addIssue(t(`common:name.${fault}`));
  });

/** A person's name with at least one visible character. */
export function requiredName(error: () => string) {
  return optionalName.refine(hasVisibleCharacter, { error });
}

/** A checkbox: `yes`, or empty if not checked. */
export const checkboxField = z.enum(['', 'yes']).default('');
