import { config } from '../platform/config/config.ts';
import { t } from '../platform/i18n/i18n.ts';
import { fillPlaceholders } from '../platform/mail/placeholders.ts';
import type { InvitationPeople, Letterhead, OrganisationLogo } from '../platform/mail/render.ts';
import { logoPath } from './logo.ts';
import { readSettings, type Settings } from './settings.ts';

/** The organisation's details, as shown on pages and in mails. */
export function organisationOf(settings: Settings): Letterhead['organisation'] {
  return {
    name: settings.organisationName,
    supportEmail: settings.supportEmail,
    supportPhone: settings.supportPhone,
    accentColour: settings.accentColor,
    logo: logoOf(settings),
    logoUrl: settings.logoFile && config.baseUrl + logoPath(settings.logoFile),
    mailFooter: settings.mailFooter,
    hasPrivacyNotice: settings.privacyVersion !== null,
    hasTerms: settings.termsVersion !== null,
    siteUrl: config.baseUrl,
  };
}

function logoOf({ logoFile, logoWidth: width, logoHeight: height }: Settings): OrganisationLogo | null {
  if (logoFile === null || width === null || height === null) return null;
  return { path: logoPath(logoFile), width, height };
}

/** The texts of mails that the office can reword, with their placeholders. */
export type MailWording = Readonly<
  Record<'invitationSubject' | 'invitationClosing' | 'mailGreeting' | 'mailGreetingNameless', string>
>;

/** The office's own texts, or else the standard ones in the current language. */
export function mailWording(settings: Settings): MailWording {
  return {
    invitationSubject: settings.invitationSubject ?? t('settings:wording.invitationSubject'),
    invitationClosing: settings.invitationClosing ?? t('settings:wording.invitationClosing'),
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
    greeting: (name, family) => greet(settings, wording, name ?? null, family ?? null),
    invitationSubject: fillPlaceholders(wording.invitationSubject, { organisation }),
    invitationIntro: (people) => fillLines(settings.invitationIntro ?? '', people, organisation) || null,
    invitationClosing: (people) => fillLines(wording.invitationClosing, people, organisation),
  };
}

function greet(
  { organisationName: organisation, mailGreeting }: Settings,
  wording: MailWording,
  name: string | null,
  family: string | null,
): string {
  if (name) return fillPlaceholders(wording.mailGreeting, { name, organisation });
  if (!family) return fillPlaceholders(wording.mailGreetingNameless, { organisation });
  return mailGreeting === null
    ? t('settings:wording.mailGreetingFamily', { family })
    : fillPlaceholders(mailGreeting, { name: t('settings:wording.family', { family }), organisation });
}

/** Fills a text of several lines. A line is left out if it names someone who isn't known. */
function fillLines(text: string, { name, inviter }: InvitationPeople, organisation: string): string {
  return text
    .split('\n')
    .filter((line) => (name || !line.includes('{name}')) && (inviter || !line.includes('{inviter}')))
    .map((line) => fillPlaceholders(line, { name: name ?? '', inviter: inviter ?? '', organisation }))
    .join('\n')
    .trim();
}
