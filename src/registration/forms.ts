import { z } from 'zod';
import { nameField, passwordField } from '../accounts/fields.ts';
import { declineReasons } from '../invitations/invitation.ts';
import { claimsForm } from '../pages/claim-questions.ts';
import { t } from '../platform/i18n/i18n.ts';
import { addressField, checkboxField, digitsField } from '../platform/text/fields.ts';

/**
 * `claimsForm` plus the fields of a new account. External programs rely on the field names.
 * @param ownName the name to use if the field is empty
 */
export function registrationForm(email: string, ownName: string) {
  const name = z.preprocess(
    (typed) => (typeof typed === 'string' && typed.trim() !== '' ? typed : ownName),
    nameField,
  );
  return claimsForm.extend({ name, password: passwordField([email]), staySignedIn: checkboxField });
}

/** The button that requests a code has no fields. */
export const codeRequestForm = z.object({});

export const mailboxCodeForm = z.object({
  code: digitsField(20).refine((typed) => /^\D*(\d\D*){6}$/.test(typed), {
    error: () => t('registration:code.errors.digits'),
  }),
});

export const declineForm = z.object({
  reason: z.enum(declineReasons, { error: () => t('registration:decline.missing') }),
});

export const newLinkForm = z.object({ email: addressField });
