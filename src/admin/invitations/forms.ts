import { z } from 'zod';
import { staffRoles } from '../../accounts/account.ts';
import { addressField } from '../../accounts/fields.ts';
import { groupRoles } from '../../groups/group.ts';
import { deliveryMethods } from '../../invitations/invitation.ts';
import { checkboxField, longTextField, textField } from '../../platform/text/fields.ts';
import { daysField, languageField, overrideField } from '../fields.ts';

const deliveryField = z.enum(deliveryMethods, { error: 'Choose how the link is delivered' }).default('mail');

/** External programs rely on these field names. `replace` overrides an open invitation, `override` the named warnings. */
export function newInvitationForm(defaultDays: number) {
  return z
    .object({
      email: addressField,
      message: longTextField(2000),
      language: languageField,
      validityDays: daysField(String(defaultDays)),
      staffRole: z.enum(['', ...staffRoles], { error: 'Choose one of the staff roles' }).default(''),
      delivery: deliveryField,
      groupId: textField(20),
      groupRole: z.enum(['', ...groupRoles], { error: 'Choose one of the roles in the group' }).default(''),
      notifyInviter: checkboxField,
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

export const inviterNotificationForm = z.object({ notifyInviter: checkboxField });

export const revocationForm = z.object({ reason: textField(500) });

export const resendForm = z.object({ delivery: deliveryField });
