import { z } from 'zod';
import { roleField } from '../../groups/fields.ts';
import { linkValidityHours } from '../../groups/link.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { digitsField, textField } from '../../platform/text/fields.ts';
import { isId } from '../../platform/text/text.ts';

export const roleForm = z.object({ role: roleField });

/** The choices on the page, in hours. Any number of hours between the limits is accepted. */
const validities = ['1', '24', '72', '168', '720'] as const;

export function listValidityOptions() {
  return validities.map((value) => ({ value, label: t(`groups:links.validities.${value}`) }));
}

export const linkForm = z.object({
  role: roleField.default('member'),
  hours: digitsField(5)
    .transform((typed) => (typed === '' ? linkValidityHours.default : Number(typed)))
    .refine(
      (hours) => Number.isInteger(hours) && hours >= linkValidityHours.min && hours <= linkValidityHours.max,
      {
        error: () => t('groups:links.hoursRange'),
      },
    ),
});

/** `creator`: revoke only this account's links; empty for all. */
export const revokeAllForm = z.object({
  creator: textField(20).refine((typed) => typed === '' || isId(typed), {
    error: () => t('groups:links.chooseCreator'),
  }),
});
