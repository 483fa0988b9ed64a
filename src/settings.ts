import type { Transaction } from 'sequelize';
import { row } from './database.ts';

/** What an alumni office may change while the product runs; one row of `settings`. */
export type Settings = Readonly<{
  organisationName: string;
  supportEmail: string;
  supportPhone: string | null;
  accentColor: string;
  mailFooter: string;
  invitationDays: number;
  blockedBelowAge: number;
  fullAccessFromAge: number;
  policyVersion: number;
  twoStepForStaff: boolean;
  /** Days before and after the expiry of an invitation when its holder is reminded once; 0 is never. */
  remindDaysBefore: number;
  remindDaysAfter: number;
}>;

const REFRESH_AFTER_MS = 5_000;

const unread: Settings = {
  organisationName: 'Alumni Association',
  supportEmail: 'alumni-office@example.org',
  supportPhone: null,
  accentColor: '#1f5f5b',
  mailFooter: '',
  invitationDays: 7,
  blockedBelowAge: 14,
  fullAccessFromAge: 18,
  policyVersion: 1,
  twoStepForStaff: false,
  remindDaysBefore: 3,
  remindDaysAfter: 1,
};

let last: Settings = unread;
let readAt = Number.NEGATIVE_INFINITY;

/** The settings as they stand in the database now: what every decision is made by. */
export async function readSettings(transaction?: Transaction): Promise<Settings> {
  const found = await row<Settings>(
    `select organisation_name as "organisationName", support_email as "supportEmail",
       support_phone as "supportPhone", accent_color as "accentColor", mail_footer as "mailFooter",
       invitation_days as "invitationDays", blocked_below_age as "blockedBelowAge",
       full_access_from_age as "fullAccessFromAge", policy_version as "policyVersion",
       two_step_for_staff as "twoStepForStaff",
       remind_days_before as "remindDaysBefore", remind_days_after as "remindDaysAfter"
     from settings`,
    [],
    transaction,
  );
  last = found ?? unread;
  readAt = Date.now();
  return last;
}

/** The settings for the frame of a page: at most five seconds old. */
export async function recentSettings(): Promise<Settings> {
  return Date.now() - readAt < REFRESH_AFTER_MS ? last : readSettings();
}

/** The settings as last read, without a query: for pages that must not cost one. */
export function lastSettings(): Settings {
  return last;
}
