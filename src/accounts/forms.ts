import { z } from 'zod';
import { normaliseAddress } from '../mail/address.ts';
import { textField } from '../web/form.ts';
import { addressField, nameField, passwordField } from './fields.ts';

export const signInForm = z.object({
  email: textField(400).refine((typed) => typed.length > 0, { error: 'Type your e-mail address' }),
  password: z.string({ error: 'Type your password' }).min(1, { error: 'Type your password' }),
});

/** The second step of signing in, and the last of turning it on. */
export const codeForm = z.object({
  code: textField(100).refine((typed) => typed.length > 0, { error: 'Type the code' }),
});

/** A form that asks for an address and nothing else. */
export const addressForm = z.object({ email: addressField });

export function newPasswordForm(userInputs: readonly string[]) {
  return z.object({ password: passwordField(userInputs) });
}

export const nameForm = z.object({ name: nameField });

const currentPassword = z.string({ error: 'Type your password' }).min(1, { error: 'Type your password' });

/** Proving again who one is; the code is for accounts with two-step sign-in. */
export const confirmForm = z.object({ currentPassword, code: textField(100) });

export function changePasswordForm(userInputs: readonly string[]) {
  return z.object({ currentPassword, password: passwordField(userInputs) });
}

/** Deleting an account asks for its own address, typed out. */
export function deletionForm(email: string) {
  const isOwn = (typed: string) => normaliseAddress(typed)?.toLowerCase() === email.toLowerCase();
  return z.object({
    confirmation: textField(400).refine(isOwn, { error: 'Type the address of your account to confirm' }),
    currentPassword,
  });
}
