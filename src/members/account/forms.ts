import { z } from 'zod';
import { currentPassword, nameField, passwordField, twoStepCodeField } from '../../accounts/fields.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { MAX_TYPED_ADDRESS, normaliseAddress } from '../../platform/text/address.ts';
import { textField } from '../../platform/text/fields.ts';

export const nameForm = z.object({ name: nameField });

export function changePasswordForm(userInputs: readonly string[]) {
  return z.object({ currentPassword, password: passwordField(userInputs) });
}

/** Deleting an account requires typing its address. */
export function deletionForm(email: string) {
  const isOwn = (typed: string) => normaliseAddress(typed)?.toLowerCase() === email.toLowerCase();
  return z.object({
    confirmation: textField(MAX_TYPED_ADDRESS).refine(isOwn, {
      error: () => t('accounts:fields.addressToConfirm'),
    }),
    currentPassword,
  });
}

export const twoStepCodeForm = z.object({ code: twoStepCodeField });
