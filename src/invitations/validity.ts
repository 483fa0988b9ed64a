import { z } from 'zod';

/** No invitation is valid for longer than this from now, however often it is extended. */
export const MAX_VALIDITY_DAYS = 90;

const validityDaysError = `Type a number of days from 1 to ${MAX_VALIDITY_DAYS}`;
/** For how many days an invitation is valid, or is extended: as a number. Forms and commands read theirs first. */
export const validityDaysField = z
  .int({ error: validityDaysError })
  .min(1, { error: validityDaysError })
  .max(MAX_VALIDITY_DAYS, { error: validityDaysError });

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The expiry of an open invitation that is extended: counted from its expiry, or from now if that has passed. Extending
 * makes no new link, so an expired one can only come back if its newest link is still the current one.
 */
export function expiryAfterExtension(expiresAt: Date, days: number, now = new Date()): Date {
  const from = Math.max(expiresAt.getTime(), now.getTime());
  return new Date(Math.min(from + days * DAY_MS, now.getTime() + MAX_VALIDITY_DAYS * DAY_MS));
}

/** The expiry of one that is sent again: its whole time from now, and no less than what it was given by an extension. */
export function expiryAfterResend({
  expiresAt,
  validityDays,
}: {
  expiresAt: Date;
  validityDays: number;
}): Date {
  return new Date(Math.max(expiresAt.getTime(), Date.now() + validityDays * DAY_MS));
}

/** `renewedExpiry` to the database, for `invitations i`. */
export const expiryAfterResendSql =
  'greatest(i.expires_at, now() + make_interval(hours => 24 * i.validity_days))';

/** `extendedExpiry` to the database, for `invitations i`. `days` is a placeholder. */
export function expiryAfterExtensionSql(days: string): string {
  return `least(greatest(i.expires_at, now()) + make_interval(hours => 24 * ${days}::int),
    now() + interval '${MAX_VALIDITY_DAYS * 24} hours')`;
}
