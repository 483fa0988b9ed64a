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

/** Reads the letterhead of all mails from the current settings. */
export async function readLetterhead(): Promise<Letterhead> {
  const settings = await readSettings();
  const organisation = settings.organisationName;
  return {
    organisation: organisationOf(settings),
    greeting: (name) =>
      name
        ? fillPlaceholders(settings.mailGreeting, { name, organisation })
        : fillPlaceholders(settings.mailGreetingNameless, { organisation }),
    invitationSubject: fillPlaceholders(settings.invitationSubject, { organisation }),
  };
}
