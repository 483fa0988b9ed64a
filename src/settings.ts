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
  /** The addresses that the office keeps for minors are their guardians'. */
  minorsAddressesAreGuardians: boolean;
  twoStepForStaff: boolean;
  /** Days before and after the expiry of an invitation when its holder is reminded once; 0 is never. */
  remindDaysBefore: number;
  remindDaysAfter: number;
  /** `{organisation}` is filled in, see `mail/wording.ts`. */
  invitationSubject: string;
  /** How mails begin: `{name}` and `{organisation}` are filled in; without a name the other is used. */
  mailGreeting: string;
  mailGreetingNameless: string;
}>;

/** What the office may change; the policy's version counts by itself. */
export type EditableSettings = Omit<Settings, 'policyVersion'>;

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
  minorsAddressesAreGuardians: false,
  twoStepForStaff: false,
  remindDaysBefore: 3,
  remindDaysAfter: 1,
  invitationSubject: 'Your invitation to {organisation}',
  mailGreeting: 'Hello {name},',
  mailGreetingNameless: 'Hello,',
};

let last: Settings = unread;
let readAt = Number.NEGATIVE_INFINITY;

/** The settings as they stand in the database now: what every decision is made by. */
export async function readSettings(): Promise<Settings> {
  const found = await row<Settings>(
    `select organisation_name, support_email,
       support_phone, accent_color, mail_footer,
       invitation_days, blocked_below_age,
       full_access_from_age, policy_version,
       minors_addresses_are_guardians, two_step_for_staff,
       remind_days_before, remind_days_after,
       invitation_subject, mail_greeting,
       mail_greeting_nameless
     from settings`,
    [],
  );
  last = found ?? unread;
  readAt = Date.now();
  return last;
}

/** Writes all that may be changed. Other processes see it within five seconds; whoever decides by it, at once. */
export async function saveSettings(settings: EditableSettings): Promise<void> {
  await row(
    `update settings set organisation_name = $1, support_email = $2, support_phone = $3, accent_color = $4,
       mail_footer = $5, invitation_days = $6, blocked_below_age = $7, full_access_from_age = $8,
       two_step_for_staff = $9, remind_days_before = $10, remind_days_after = $11, invitation_subject = $12,
       mail_greeting = $13, mail_greeting_nameless = $14, minors_addresses_are_guardians = $15, updated_at = now() returning only_row`,
    [
      settings.organisationName,
      settings.supportEmail,
      settings.supportPhone,
      settings.accentColor,
      settings.mailFooter,
      settings.invitationDays,
      settings.blockedBelowAge,
      settings.fullAccessFromAge,
      settings.twoStepForStaff,
      settings.remindDaysBefore,
      settings.remindDaysAfter,
      settings.invitationSubject,
      settings.mailGreeting,
      settings.mailGreetingNameless,
      settings.minorsAddressesAreGuardians,
    ],
  );
}

/** The settings for the frame of a page: at most five seconds old. */
export async function recentSettings(): Promise<Settings> {
  return Date.now() - readAt < REFRESH_AFTER_MS ? last : readSettings();
}

/** The settings as last read, without a query: for pages that must not cost one. */
export function lastSettings(): Settings {
  return last;
}
