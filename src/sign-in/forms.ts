import { z } from 'zod';
import { addressField, currentPassword, passwordField, twoStepCodeField } from '../accounts/fields.ts';
import { textField } from '../platform/text/fields.ts';

export const signInForm = z.object({
  email: textField(400).refine((typed) => typed.length > 0, { error: 'Type your e-mail address' }),
  password: z.string({ error: 'Type your password' }).min(1, { error: 'Type your password' }),
});

export const signInCodeForm = z.object({ code: twoStepCodeField });

export const addressForm = z.object({ email: addressField });

export function newPasswordForm(userInputs: readonly string[]) {
  return z.object({ password: passwordField(userInputs) });
}

/** `code` is for accounts with two-step sign-in. */
export const confirmForm = z.object({ currentPassword, code: textField(100) });
