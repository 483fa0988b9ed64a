import { z } from 'zod';
import { t } from '../platform/i18n/i18n.ts';
import { normaliseAddress } from '../platform/text/address.ts';
import { textField } from '../platform/text/fields.ts';
import { findPasswordError } from './password.ts';

/** An e-mail address, normalised. */
export const addressField = textField(254).transform((typed, ctx) => {
  const address = normaliseAddress(typed);
  if (address !== null) return address;
  ctx.addIssue(typed === '' ? t('accounts:fields.emailMissing') : t('accounts:fields.emailInvalid'));
  return z.NEVER;
});

const TITLES = /\b(dr|prof|st|mr|mrs|ms|mx|rev|fr|sr|jr|ph)\./giu;
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Z}\p{C}\u2800]/gu;

/** A two-step code: from the authenticator app, or a recovery code. */
export const twoStepCodeField = textField(100).refine((typed) => typed.length > 0, {
  error: () => t('accounts:fields.codeMissing'),
});

/** A name, or an empty string. Web addresses are refused: mail programs would turn them into links in our mails. */
export const optionalName = textField(200).refine((typed) => !hasWebAddress(typed), {
  error: () => t('accounts:fields.nameWithUrl'),
});

/** A name with at least one visible character. */
export function requiredName(error: () => string) {
  return optionalName.refine(hasVisibleCharacters, { error });
}

export function hasVisibleCharacters(name: string): boolean {
  return name.replaceAll(INVISIBLE, '') !== '';
}

function hasWebAddress(name: string): boolean {
  const visible = name.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '').replaceAll(TITLES, ' ');
  return /[\p{L}\p{N}][.。．][\p{L}\p{N}]{2}|[/\\<>@]|www\./iu.test(visible);
}

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
