import { z } from 'zod';
import { staffRoles } from '../accounts/account.ts';
import { addressField } from '../accounts/fields.ts';
import { groupRoles } from '../groups/group.ts';
import { type ReasonName, warningNames } from '../invitations/eligibility/eligibility.ts';
import { deliveryMethods } from '../invitations/invitation.ts';
import { validityDaysField } from '../invitations/validity.ts';
import { checkboxField, longTextField, textField } from '../platform/text/fields.ts';

/** A number of days; `usual` where nothing is typed. */
export function daysField(defaultDays = '') {
  return textField(5)
    .transform((typed) => (/^\d+$/.test(typed || defaultDays) ? Number(typed || defaultDays) : Number.NaN))
    .pipe(validityDaysField);
}

const deliveryField = z.enum(deliveryMethods, { error: 'Choose how the link is delivered' }).default('mail');

/** The warnings that staff have seen and override: `declined,account`, or one a field. Others are ignored. */
export const overrideField = z
  .union([z.string(), z.array(z.string())])
  .default('')
  .transform((typed) => [typed].flat().flatMap((names) => names.split(',')))
  .transform((names) =>
    names.filter((name): name is ReasonName => warningNames.some((known) => known === name)),
  );

/** The fields are fixed for outside programs. `replace` overrides an open invitation, `override` what it names. */
export function newInvitationForm(defaultDays: number) {
  return z
    .object({
      email: addressField,
      message: longTextField(2000),
      validityDays: daysField(String(defaultDays)),
      staffRole: z.enum(['', ...staffRoles], { error: 'Choose one of the staff roles' }).default(''),
      delivery: deliveryField,
      groupId: textField(20),
      groupRole: z.enum(['', ...groupRoles], { error: 'Choose one of the roles in the group' }).default(''),
      watched: checkboxField,
      replace: checkboxField,
      override: overrideField,
    })
    .refine(({ groupId, groupRole }) => groupId !== '' || groupRole === '' || groupRole === 'member', {
      error: 'Choose the group first',
      path: ['groupRole'],
    });
}

export const extensionForm = z.object({ days: daysField() });

export const correctionForm = z.object({ email: addressField, override: overrideField });

export const inviterNotificationForm = z.object({ watched: checkboxField });

export const revocationForm = z.object({ reason: textField(500) });

export const resendForm = z.object({ delivery: deliveryField });

export const groupForm = z.object({
  name: textField(100).refine((typed) => typed.length > 0, { error: 'Type the name of the group' }),
  description: longTextField(2000),
});
