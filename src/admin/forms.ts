import { z } from 'zod';
import { staffRoles } from '../accounts/account.ts';
import { addressField } from '../accounts/fields.ts';
import { groupRoles } from '../groups/group.ts';
import { type ReasonName, warnings } from '../invitations/eligibility.ts';
import { days } from '../invitations/extension.ts';
import { deliveryWays } from '../invitations/invitation.ts';
import { checkbox, longText, text } from '../web/form.ts';

/** A number of days; `usual` where nothing is typed. */
export function daysField(usual = '') {
  return text(5)
    .transform((typed) => (/^\d+$/.test(typed || usual) ? Number(typed || usual) : Number.NaN))
    .pipe(days);
}

const deliveryField = z.enum(deliveryWays, { error: 'Choose how the link is delivered' }).default('mail');

/** The warnings that staff have seen and override: `declined,account`, or one a field. Others are ignored. */
export const overrideField = z
  .union([z.string(), z.array(z.string())])
  .default('')
  .transform((typed) => [typed].flat().flatMap((names) => names.split(',')))
  .transform((names) => names.filter((name): name is ReasonName => warnings.some((known) => known === name)));

/** The fields are fixed for outside programs. `replace` overrides an open invitation, `override` what it names. */
export function newInvitationForm(usualDays: number) {
  return z
    .object({
      email: addressField,
      message: longText(2000),
      validityDays: daysField(String(usualDays)),
      staffRole: z.enum(['', ...staffRoles], { error: 'Choose one of the staff roles' }).default(''),
      delivery: deliveryField,
      groupId: text(20),
      groupRole: z.enum(['', ...groupRoles], { error: 'Choose one of the roles in the group' }).default(''),
      watched: checkbox,
      replace: checkbox,
      override: overrideField,
    })
    .refine(({ groupId, groupRole }) => groupId !== '' || groupRole === '' || groupRole === 'member', {
      error: 'Choose the group first',
      path: ['groupRole'],
    });
}

export const extensionForm = z.object({ days: daysField() });

export const correctionForm = z.object({ email: addressField, override: overrideField });

export const watchingForm = z.object({ watched: checkbox });

export const revocationForm = z.object({ reason: text(500) });

export const resendForm = z.object({ delivery: deliveryField });

export const groupForm = z.object({
  name: text(100).refine((typed) => typed.length > 0, { error: 'Type the name of the group' }),
  description: longText(2000),
});
