import { t } from '../platform/i18n/i18n.ts';
import { fillPlaceholders } from '../platform/mail/placeholders.ts';
import type { Letterhead } from '../platform/mail/render.ts';
import { readSettings, type Settings } from './settings.ts';

/** The organisation's details, as shown on pages and in mails. */
export function organisationOf(settings: Settings): Letterhead['organisation'] {
  return {
    name: settings.organisationName,
    supportEmail: settings.supportEmail,
    supportPhone: settings.supportPhone,
    accentColour: settings.accentColor,
    mailFooter: settings.mailFooter,
  };
}

/** The texts of mails that the office can reword, with their placeholders. */
export type MailWording = Readonly<
  Record<'invitationSubject' | 'mailGreeting' | 'mailGreetingNameless', string>
>;

/** The office's own texts, or else the standard ones in the current language. */
export function mailWording(settings: Settings): MailWording {
  return {
    invitationSubject: settings.invitationSubject ?? t('settings:wording.invitationSubject'),
    mailGreeting: settings.mailGreeting ?? t('settings:wording.mailGreeting'),
    mailGreetingNameless: settings.mailGreetingNameless ?? t('settings:wording.mailGreetingNameless'),
  };
}

/** Reads the letterhead of all mails, in the current language, from the current settings. */
export async function readLetterhead(): Promise<Letterhead> {
  const settings = await readSettings();
  const organisation = settings.organisationName;
  const wording = mailWording(settings);
  return {
    organisation: organisationOf(settings),
    greeting: (name) =>
      name
        ? fillPlaceholders(wording.mailGreeting, { name, organisation })
        : fillPlaceholders(wording.mailGreetingNameless, { organisation }),
    invitationSubject: fillPlaceholders(wording.invitationSubject, { organisation }),
  };
}
