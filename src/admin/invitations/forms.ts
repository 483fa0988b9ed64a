import { z } from 'zod';
import { staffRoles } from '../../accounts/account.ts';
import { groupRoles } from '../../groups/group.ts';
import { deliveryMethods } from '../../invitations/invitation.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { addressField, checkboxField, longTextField, textField } from '../../platform/text/fields.ts';
import { daysField, languageField, overrideField } from '../fields.ts';

const deliveryField = z
  .enum(deliveryMethods, { error: () => t('invitations:new.deliveryMissing') })
  .default('mail');

/** External programs rely on these field names. `replace` overrides an open invitation, `override` the named warnings. */
export function newInvitationForm(defaultDays: number) {
  return z
    .object({
      email: addressField,
      message: longTextField(2000),
      language: languageField,
      validityDays: daysField(String(defaultDays)),
      staffRole: z
        .enum(['', ...staffRoles], { error: () => t('invitations:new.staffRoleMissing') })
        .default(''),
      delivery: deliveryField,
      groupId: textField(20),
      groupRole: z
        .enum(['', ...groupRoles], { error: () => t('invitations:new.groupRoleMissing') })
        .default(''),
      notifyInviter: checkboxField,
      replace: checkboxField,
      override: overrideField,
    })
    .refine(({ groupId, groupRole }) => groupId !== '' || groupRole === '' || groupRole === 'member', {
      error: () => t('invitations:new.groupMissing'),
      path: ['groupRole'],
    });
}

export const extensionForm = z.object({ days: daysField() });

export const correctionForm = z.object({ email: addressField, override: overrideField });

export const inviterNotificationForm = z.object({ notifyInviter: checkboxField });

export const revocationForm = z.object({ reason: textField(500) });

export const resendForm = z.object({ delivery: deliveryField });
