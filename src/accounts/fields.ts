import { z } from 'zod';
import { t } from '../platform/i18n/i18n.ts';
import { requiredName, textField } from '../platform/text/fields.ts';
import { findPasswordError } from './password.ts';

/** A two-step code: from the authenticator app, or a recovery code. */
export const twoStepCodeField = textField(100).refine((typed) => typed.length > 0, {
  error: () => t('accounts:fields.codeMissing'),
});

export const nameField = requiredName(() => t('accounts:fields.nameMissing'));

/** A new password, neither trimmed nor cut. @param userInputs the owner's address and name: see `findPasswordError` */
export function passwordField(userInputs: readonly string[]) {
  return z.string({ error: () => t('accounts:fields.newPasswordMissing') }).superRefine((password, ctx) => {
    const problem = findPasswordError(password, userInputs);
    if (problem) ctx.addIssue(problem);
  });
}

export const currentPassword = z
  .string({ error: () => t('accounts:fields.passwordMissing') })
  .min(1, { error: () => t('accounts:fields.passwordMissing') });
