import { z } from 'zod';
import { type ReasonName, warningNames } from '../invitations/eligibility/eligibility.ts';
import type { NewInvitation } from '../invitations/new-invitation.ts';
import { validityDaysField } from '../invitations/validity.ts';
import { InvalidInput } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';

import { readCachedSettings } from '../settings/settings.ts';
import { addressSchema, groupRoleSchema, idSchema, staffRoleSchema, textSchema } from './schemas.ts';

export const overrideSchema = z
  .array(z.enum(warningNames as [ReasonName, ...ReasonName[]]))
  .optional()
  .meta({ description: 'Names of the warnings to override, as returned by the 409 response' });

/** The body of a request for one invitation. */
export const newInvitationSchema = z
  .strictObject({
    email: addressSchema,
    message: textSchema(2_000)
      .optional()
      .meta({ description: 'A personal message, shown in the mail and on the registration page' }),
    validity_days: validityDaysField
      .optional()
      .meta({ description: 'Default: the validity in the settings' }),
    staff_role: staffRoleSchema.optional(),
    group_id: idSchema.optional().meta({ description: 'A group that the person also joins' }),
    group_role: groupRoleSchema.optional().meta({ description: 'The role in that group; default: member' }),
    replace: z.boolean().optional().meta({ description: 'Revoke the open invitation for this address' }),
    override: overrideSchema,
  })
  .meta({ id: 'NewInvitation' });

/** @throws InvalidInput for a role without a group */
export async function toNewInvitation(input: z.output<typeof newInvitationSchema>): Promise<NewInvitation> {
  const { group_id: groupId, group_role: role } = input;
  if (groupId === undefined && role !== undefined)
    throw new InvalidInput({ group_id: t('api:errors.groupMissing') });
  return {
    email: input.email,
    message: input.message || null,
    validityDays: input.validity_days ?? (await readCachedSettings()).invitationDays,
    staffRole: input.staff_role ?? null,
    group: groupId === undefined ? null : { id: String(groupId), role: role ?? 'member' },
    delivery: 'mail',
    override: [...(input.override ?? []), ...(input.replace ? (['open'] as const) : [])],
  };
}
