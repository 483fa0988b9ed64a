import { z } from 'zod';
import { addressField } from '../accounts/fields.ts';
import { wordingFault } from '../mail/wording.ts';
import type { EditableSettings, Settings } from '../settings.ts';
import { checkbox, longText, text } from '../web/form.ts';
import { daysField } from './forms.ts';

/** COPPA's own limit: no setting lets a younger child in. */
export const YOUNGEST_LIMIT = 13;

/** All settings at once, as they are typed. */
export const settingsForm = z
  .object({
    organisationName: line(100, 'Type the name of your organisation'),
    supportEmail: addressField,
    supportPhone: text(40).refine((typed) => /^(\+?[\d\s()/.-]{3,})?$/.test(typed), {
      error: 'Type a telephone number, or leave this empty',
    }),
    accentColor: text(7)
      .transform((typed) => typed.toLowerCase())
      .refine((typed) => /^#[0-9a-f]{6}$/.test(typed), { error: 'Choose a colour, such as #1f5f5b' }),
    mailFooter: longText(1000),
    invitationSubject: wording(['organisation']),
    mailGreeting: wording(['name', 'organisation']),
    mailGreetingNameless: wording(['organisation']),
    invitationDays: daysField(),
    remindDaysBefore: whole(0, 30),
    remindDaysAfter: whole(0, 30),
    blockedBelowAge: whole(YOUNGEST_LIMIT, 21),
    fullAccessFromAge: whole(YOUNGEST_LIMIT, 25),
    savedAt: text(40),
    agesConfirmed: checkbox,
    minorsAddressesAreGuardians: checkbox,
    twoStepForStaff: checkbox,
  })
  .superRefine(({ blockedBelowAge, fullAccessFromAge }, ctx) => {
    if (fullAccessFromAge >= blockedBelowAge) return;
    const message = 'Full access can’t begin at a younger age than access with consent';
    ctx.addIssue({ code: 'custom', path: ['fullAccessFromAge'], message });
  });

/** The settings as what was typed into the form. */
export function typedSettings(settings: Settings): Record<string, string> {
  return {
    ...Object.fromEntries(
      Object.entries(settings)
        .filter(([name]) => Object.hasOwn(settingsForm.shape, name))
        .map(([name, value]) => [name, String(value ?? '')]),
    ),
    minorsAddressesAreGuardians: settings.minorsAddressesAreGuardians ? 'yes' : '',
    twoStepForStaff: settings.twoStepForStaff ? 'yes' : '',
    agesConfirmed: '',
  };
}

/** What was typed as settings. */
export function settingsIn(typed: z.output<typeof settingsForm>): EditableSettings {
  const { savedAt: _savedAt, agesConfirmed: _confirmed, ...rest } = typed;
  return {
    ...rest,
    supportPhone: rest.supportPhone || null,
    minorsAddressesAreGuardians: rest.minorsAddressesAreGuardians === 'yes',
    twoStepForStaff: rest.twoStepForStaff === 'yes',
  };
}

function line(max: number, error: string) {
  return text(max).refine((typed) => typed.length > 0, { error });
}

function wording(placeholders: readonly string[]) {
  return line(150, 'Type a text').superRefine((typed, ctx) => {
    const fault = wordingFault(typed, placeholders);
    if (fault) ctx.addIssue(fault);
  });
}

function whole(least: number, most: number) {
  const error = `Type a whole number from ${least} to ${most}`;
  return text(5)
    .refine((typed) => /^\d{1,3}$/.test(typed) && Number(typed) >= least && Number(typed) <= most, { error })
    .transform(Number);
}
