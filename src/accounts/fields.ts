import { z } from 'zod';
import { normaliseAddress } from '../mail/address.ts';
import { text } from '../web/form.ts';
import { passwordFault } from './password.ts';

/** A typed address in its one spelling. */
export const addressField = text(254).transform((typed, ctx) => {
  const address = normaliseAddress(typed);
  if (address !== null) return address;
  ctx.addIssue(typed === '' ? 'Type an e-mail address' : 'Type an e-mail address like name@example.org');
  return z.NEVER;
});

/** A name, or nothing. A web address is no name: it would arrive as a link in a mail that we send. */
export const anyName = text(200).refine((typed) => !/:\/\/|www\.|[<>]/i.test(typed), {
  error: 'Type the name without web addresses',
});

/** A name that must be there. */
export function requiredName(error: string) {
  return anyName.refine((typed) => typed.length > 0, { error });
}

export const nameField = requiredName('Type your name');

/** A new password, verbatim: nothing is trimmed or cut. `about` is what its owner is known by, see `passwordFault`. */
export function passwordField(about: readonly string[]) {
  return z.string({ error: 'Choose a password' }).superRefine((password, ctx) => {
    const fault = passwordFault(password, about);
    if (fault) ctx.addIssue(fault);
  });
}
