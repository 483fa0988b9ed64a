import { z } from 'zod';
import { queryRow, queryRows } from '../platform/db/database.ts';
import { t } from '../platform/i18n/i18n.ts';

/** The most days after today that an invitation can be valid, however often it is extended. */
export const MAX_VALIDITY_DAYS = 90;

const validityDaysError = () => t('invitations:errors.validityDays', { max: MAX_VALIDITY_DAYS });
/** A number of days that an invitation is valid, or is extended by. Forms and commands convert their text first. */
export const validityDaysField = z
  .int({ error: validityDaysError })
  .min(1, { error: validityDaysError })
  .max(MAX_VALIDITY_DAYS, { error: validityDaysError });

/*
 * An invitation is valid until the end of its last day in the office's time zone, because pages and mails name only that
 * day. The database computes it: see `end_of_office_day`.
 */

/** The expiry date of a new invitation. `days` is a column or placeholder. */
export const expiryOfNewSql = (days: string) => `end_of_office_day(now(), ${days})`;

/** The expiry date of `invitations i` after a resend: the full validity period, or later if it was extended further. */
export const expiryAfterResendSql = `greatest(i.expires_at, ${expiryOfNewSql('i.validity_days')})`;

/** When an invitation expires if it is sent at `moment` for `days` days. */
export async function findExpiryOfNew(moment: Date, days: number): Promise<Date> {
  const found = await queryRow<{ at: Date }>('select end_of_office_day($1, $2) as at', [moment, days]);
  return found?.at ?? moment;
}

/** When an invitation would expire after a resend. */
export async function findExpiryAfterResend(id: string): Promise<Date | null> {
  const found = await queryRow<{ at: Date }>(
    `select ${expiryAfterResendSql} as at from invitations i where i.id = $1`,
    [id],
  );
  return found?.at ?? null;
}

/**
 * When invitations would expire after an extension, by id: `days` after the current date, or after today if that has
 * passed. An extension makes no new link, so it only helps while the newest link is current.
 */
export async function findExpiriesAfterExtension(
  ids: readonly string[],
  days: number,
): Promise<Map<string, Date>> {
  const found = await queryRows<{ id: string; at: Date }>(
    `select i.id, least(end_of_office_day(greatest(i.expires_at, now()), $2::int),
       ${expiryOfNewSql(String(MAX_VALIDITY_DAYS))}) as at
     from invitations i where i.id = any($1::bigint[])`,
    [ids, days],
  );
  return new Map(found.map(({ id, at }) => [id, at]));
}
