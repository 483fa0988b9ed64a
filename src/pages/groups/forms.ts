import { z } from 'zod';
import { roleField } from '../../groups/fields.ts';
import { linkValidityHours } from '../../groups/link.ts';
import { textField } from '../../platform/text/fields.ts';
import { isId } from '../../platform/text/text.ts';

export const roleForm = z.object({ role: roleField });

/** The choices on the page. Any number of hours between the limits is accepted. */
export const validityOptions = [
  { value: '1', label: '1 hour' },
  { value: '24', label: '1 day' },
  { value: '72', label: '3 days' },
  { value: '168', label: '7 days' },
  { value: '720', label: '30 days' },
] as const;

export const linkForm = z.object({
  role: roleField.default('member'),
  hours: textField(5)
    .transform((typed) => (typed === '' ? linkValidityHours.default : Number(typed)))
    .refine(
      (hours) => Number.isInteger(hours) && hours >= linkValidityHours.min && hours <= linkValidityHours.max,
      {
        error: 'Choose from 1 hour to 30 days',
      },
    ),
});

/** `creator`: revoke only this account's links; empty for all. */
export const revokeAllForm = z.object({
  creator: textField(20).refine((typed) => typed === '' || isId(typed), { error: 'Choose whose links' }),
});
