import { z } from 'zod';
import { t } from '../platform/i18n/i18n.ts';

/** The most days from now that an invitation can be valid, however often it is extended. */
export const MAX_VALIDITY_DAYS = 90;

const validityDaysError = () => t('invitations:errors.validityDays', { max: MAX_VALIDITY_DAYS });
/** A number of days that an invitation is valid, or is extended by. Forms and commands convert their text first. */
export const validityDaysField = z
  .int({ error: validityDaysError })
  .min(1, { error: validityDaysError })
  .max(MAX_VALIDITY_DAYS, { error: validityDaysError });

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The expiry date after an extension: `days` after the current one, or after now if that has passed. An extension makes
 * no new link, so it only helps while the newest link is current.
 */
export function expiryAfterExtension(expiresAt: Date, days: number, now = new Date()): Date {
  const from = Math.max(expiresAt.getTime(), now.getTime());
  return new Date(Math.min(from + days * DAY_MS, now.getTime() + MAX_VALIDITY_DAYS * DAY_MS));
}

/** The expiry date after a resend: the full validity period from now, or later if it was extended further. */
export function expiryAfterResend({
  expiresAt,
  validityDays,
}: {
  expiresAt: Date;
  validityDays: number;
}): Date {
  return new Date(Math.max(expiresAt.getTime(), Date.now() + validityDays * DAY_MS));
}

/** `expiryAfterResend` in SQL, for `invitations i`. */
export const expiryAfterResendSql =
  'greatest(i.expires_at, now() + make_interval(hours => 24 * i.validity_days))';

/** `expiryAfterExtension` in SQL, for `invitations i`. `days` is a placeholder. */
export function expiryAfterExtensionSql(days: string): string {
  return `least(greatest(i.expires_at, now()) + make_interval(hours => 24 * ${days}::int),
    now() + interval '${MAX_VALIDITY_DAYS * 24} hours')`;
}
