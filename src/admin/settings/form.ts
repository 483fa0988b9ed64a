import { z } from 'zod';
import { t } from '../../platform/i18n/i18n.ts';
import { languages } from '../../platform/i18n/languages.ts';
import { findPlaceholderError } from '../../platform/mail/placeholders.ts';
import {
  addressField,
  checkboxField,
  digitsField,
  longTextField,
  textField,
} from '../../platform/text/fields.ts';
import { type MailWording, mailWording } from '../../settings/letterhead.ts';
import type { EditableSettings, Settings } from '../../settings/settings.ts';

import { daysField, requiredTextField } from '../fields.ts';

/** The limit set by COPPA. No setting can give younger children access. */
export const MIN_AGE_LIMIT = 13;

export const settingsForm = z
  .object({
    organisationName: requiredTextField(100, () => t('settings:errors.organisationName')),
    supportEmail: addressField,
    supportPhone: digitsField(40).refine((typed) => /^(\+?[\d\s()/.-]{3,})?$/.test(typed), {
      error: () => t('settings:errors.supportPhone'),
    }),
    timeZone: textField(60),
    defaultLanguage: textField(20).refine((typed) => languages.includes(typed), {
      error: () => t('settings:errors.language'),
    }),
    accentColor: textField(7)
      .transform((typed) => typed.toLowerCase())
      .refine((typed) => /^#[0-9a-f]{6}$/.test(typed), { error: () => t('settings:errors.accentColor') }),
    mailFooter: longTextField(1000),
    mailGreeting: wordingField(150, ['name', 'organisation']),
    mailGreetingNameless: wordingField(150, ['organisation']),
    invitationDays: daysField(),
    remindDaysBefore: integerField(0, 30),
    remindDaysAfter: integerField(0, 30),
    blockedBelowAge: integerField(MIN_AGE_LIMIT, 21),
    fullAccessFromAge: integerField(MIN_AGE_LIMIT, 25),
    savedAt: textField(40),
    agesConfirmed: checkboxField,
    minorsAddressesAreGuardians: checkboxField,
    twoStepForStaff: checkboxField,
  })
  .superRefine(({ blockedBelowAge, fullAccessFromAge }, ctx) => {
    if (fullAccessFromAge >= blockedBelowAge) return;
    const message = t('settings:errors.fullAccessFromAge');
    ctx.addIssue({ code: 'custom', path: ['fullAccessFromAge'], message });
  });

/** The texts of the invitation mail. */
export const invitationMailForm = z.object({
  invitationSubject: wordingField(150, ['organisation']),
  invitationIntro: longTextField(2000).superRefine(checkPlaceholders(['name', 'inviter', 'organisation'])),
  invitationClosing: wordingField(500, ['name', 'inviter', 'organisation'], longTextField),
  savedAt: textField(40),
});

/** The form for the logo. Its file isn't a field: see `takeUpload`. */
export const logoForm = z.object({});

/** Converts settings to form values. */
export function settingsFormValues(settings: Settings): Record<string, string> {
  return {
    ...Object.fromEntries(
      Object.entries({ ...settings, ...mailWording(settings) })
        .filter(([name]) => Object.hasOwn(settingsForm.shape, name))
        .map(([name, value]) => [name, String(value ?? '')]),
    ),
    minorsAddressesAreGuardians: settings.minorsAddressesAreGuardians ? 'yes' : '',
    twoStepForStaff: settings.twoStepForStaff ? 'yes' : '',
    agesConfirmed: '',
  };
}

/** Converts the submitted form to settings. */
export function toSettings(typed: z.output<typeof settingsForm>): Partial<EditableSettings> {
  const { savedAt: _savedAt, agesConfirmed: _confirmed, ...rest } = typed;
  return {
    ...rest,
    supportPhone: rest.supportPhone || null,
    mailGreeting: ownText('mailGreeting', rest.mailGreeting),
    mailGreetingNameless: ownText('mailGreetingNameless', rest.mailGreetingNameless),
    minorsAddressesAreGuardians: rest.minorsAddressesAreGuardians === 'yes',
    twoStepForStaff: rest.twoStepForStaff === 'yes',
  };
}

export function invitationMailFormValues(settings: Settings): Record<string, string> {
  const { invitationSubject, invitationClosing } = mailWording(settings);
  return { invitationSubject, invitationIntro: settings.invitationIntro ?? '', invitationClosing };
}

export function toInvitationMailSettings(
  typed: z.output<typeof invitationMailForm>,
): Partial<EditableSettings> {
  return {
    invitationSubject: ownText('invitationSubject', typed.invitationSubject),
    invitationIntro: typed.invitationIntro || null,
    invitationClosing: ownText('invitationClosing', typed.invitationClosing),
  };
}

/** A text to store: null if it is ours, which exists in every language. */
function ownText(name: keyof MailWording, typed: string): string | null {
  return typed === t(`settings:wording.${name}`) ? null : typed;
}

function wordingField(maxLength: number, placeholders: readonly string[], field = textField) {
  return field(maxLength)
    .refine((typed) => typed.length > 0, { error: () => t('settings:errors.wording') })
    .superRefine(checkPlaceholders(placeholders));
}

function checkPlaceholders(allowed: readonly string[]) {
  return (typed: string, ctx: z.RefinementCtx) => {
    const wordingError = findPlaceholderError(typed, allowed);
    if (wordingError) ctx.addIssue(wordingError);
  };
}

/** A whole number of at most four digits. */
export function integerField(min: number, max: number) {
  const error = () => t('settings:errors.wholeNumber', { min, max });
  return digitsField(5)
    .refine((typed) => /^\d{1,4}$/.test(typed) && Number(typed) >= min && Number(typed) <= max, { error })
    .transform(Number);
}
