import { z } from 'zod';
import { currentPassword, passwordField, twoStepCodeField } from '../accounts/fields.ts';
import { t } from '../platform/i18n/i18n.ts';
import { MAX_TYPED_ADDRESS } from '../platform/text/address.ts';
import { addressField, checkboxField, textField } from '../platform/text/fields.ts';

export const signInForm = z.object({
  email: textField(MAX_TYPED_ADDRESS).refine((typed) => typed.length > 0, {
    error: () => t('sign-in:signIn.emailMissing'),
  }),
  password: currentPassword,
  staySignedIn: checkboxField,
});

export const signInCodeForm = z.object({ code: twoStepCodeField });

export const addressForm = z.object({ email: addressField });

export function newPasswordForm(userInputs: readonly string[]) {
  return z.object({ password: passwordField(userInputs) });
}

/** `code` is for accounts with two-step sign-in. */
export const confirmForm = z.object({ currentPassword, code: textField(100) });
