import { z } from 'zod';
import { toMultiLine, toSingleLine } from './text.ts';

/** A text field: trimmed, without control characters, at most `max` characters. Missing counts as empty. */
export function textField(max: number) {
  return z
    .string({ error: 'Type one value here' })
    .default('')
    .transform(toSingleLine)
    .refine((typed) => typed.length <= max, { error: `Use at most ${max} characters` });
}

/** Several lines of text: line breaks stay, other control characters don't. */
export function longTextField(max: number) {
  return z
    .string({ error: 'Type one value here' })
    .default('')
    .transform(toMultiLine)
    .refine((typed) => typed.length <= max, { error: `Use at most ${max} characters` });
}

/** A box that is ticked (`yes`) or not. */
export const checkboxField = z.enum(['', 'yes']).default('');
