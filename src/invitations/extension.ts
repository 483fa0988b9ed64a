import { z } from 'zod';

/** No invitation is valid for longer than this from now, however often it is extended. */
export const MOST_DAYS_AHEAD = 90;

const error = `Type a number of days from 1 to ${MOST_DAYS_AHEAD}`;
/** For how many days an invitation is valid, or is extended: as a number. Forms and commands read theirs first. */
export const days = z.int({ error }).min(1, { error }).max(MOST_DAYS_AHEAD, { error });

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The expiry of an open invitation that is extended: counted from its expiry, or from now if that has passed. Extending
 * makes no new link, so an expired one can only come back if its newest link is still the current one.
 */
export function extendedExpiry(expiresAt: Date, days: number, now = new Date()): Date {
  const from = Math.max(expiresAt.getTime(), now.getTime());
  return new Date(Math.min(from + days * DAY_MS, now.getTime() + MOST_DAYS_AHEAD * DAY_MS));
}

/** The expiry of one that is sent again: its whole time from now, and no less than what it was given by an extension. */
export function renewedExpiry({ expiresAt, validityDays }: { expiresAt: Date; validityDays: number }): Date {
  return new Date(Math.max(expiresAt.getTime(), Date.now() + validityDays * DAY_MS));
}

/** `renewedExpiry` to the database, for `invitations i`. */
export const renewedExpirySql =
  'greatest(i.expires_at, now() + make_interval(hours => 24 * i.validity_days))';

/** `extendedExpiry` to the database, for `invitations i`. `days` is a placeholder. */
export function extendedExpirySql(days: string): string {
  return `least(greatest(i.expires_at, now()) + make_interval(hours => 24 * ${days}::int),
    now() + interval '${MOST_DAYS_AHEAD * 24} hours')`;
}
