import { z } from 'zod';
import { addressField } from '../accounts/forms.ts';
import { longText, text } from '../web/form.ts';

/** The fields are fixed for outside programs. */
export function newInvitationForm(usualDays: number) {
  return z.object({
    email: addressField,
    message: longText(2000),
    validityDays: text(5)
      .transform((typed) => (typed === '' ? usualDays : Number(typed)))
      .refine((days) => Number.isInteger(days) && days >= 1 && days <= 90, {
        error: 'Type a number of days from 1 to 90',
      }),
    staffRole: z.enum(['', 'support', 'admin'], { error: 'Choose one of the roles' }).default(''),
    delivery: z.enum(['mail', 'link'], { error: 'Choose how the link is delivered' }).default('mail'),
    groupId: z.literal('', { error: 'There is no such group' }).optional(),
    groupRole: text(20).optional(),
    replace: z.enum(['', 'yes']).default(''),
  });
}

export const revocationForm = z.object({ reason: text(500) });

export const resendForm = z.object({ delivery: z.enum(['mail', 'link']).default('mail') });

export const groupForm = z.object({
  name: text(100).refine((typed) => typed.length > 0, { error: 'Type the name of the group' }),
  description: longText(2000),
});
