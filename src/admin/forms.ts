import { z } from 'zod';
import { addressField } from '../accounts/fields.ts';
import { groupRoles } from '../groups/group.ts';
import { days } from '../invitations/extension.ts';
import { longText, text } from '../web/form.ts';

/** A number of days; `usual` where nothing is typed. */
export function daysField(usual = '') {
  return text(5)
    .transform((typed) => (/^\d+$/.test(typed || usual) ? Number(typed || usual) : Number.NaN))
    .pipe(days);
}

/** The fields are fixed for outside programs. */
export function newInvitationForm(usualDays: number) {
  return z
    .object({
      email: addressField,
      message: longText(2000),
      validityDays: daysField(String(usualDays)),
      staffRole: z.enum(['', 'support', 'admin'], { error: 'Choose one of the staff roles' }).default(''),
      delivery: z.enum(['mail', 'link'], { error: 'Choose how the link is delivered' }).default('mail'),
      groupId: text(20),
      groupRole: z.enum(['', ...groupRoles], { error: 'Choose one of the roles in the group' }).default(''),
      watched: z.enum(['', 'yes']).default(''),
      replace: z.enum(['', 'yes']).default(''),
    })
    .refine(({ groupId, groupRole }) => groupId !== '' || groupRole === '' || groupRole === 'member', {
      error: 'Choose the group first',
      path: ['groupRole'],
    });
}

export const extensionForm = z.object({ days: daysField() });

export const correctionForm = z.object({ email: addressField });

export const watchingForm = z.object({ watched: z.enum(['', 'yes']).default('') });

export const revocationForm = z.object({ reason: text(500) });

export const resendForm = z.object({ delivery: z.enum(['mail', 'link']).default('mail') });

export const groupForm = z.object({
  name: text(100).refine((typed) => typed.length > 0, { error: 'Type the name of the group' }),
  description: longText(2000),
});
