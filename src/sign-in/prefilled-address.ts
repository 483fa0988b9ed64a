import type { Request } from 'express';
import type { FormState } from '../platform/http/form.ts';
import { normaliseAddress } from '../platform/text/address.ts';

/**
 * Keeps an address in the session for the forms for signing in and resetting a password. Call it only for a submitted form
 * or an opened mailed link, because other requests must not create a session.
 */
export function keepAddress(typed: string, req: Request): void {
  const address = normaliseAddress(typed);
  if (address !== null) req.session.signInAddress = address;
}

/** An empty form with the kept address. */
export function formWithKeptAddress({ session }: Request): FormState {
  return { values: { email: session.signInAddress ?? '' }, errors: {} };
}
