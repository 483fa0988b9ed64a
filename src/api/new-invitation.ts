import { z } from 'zod';
import { type ReasonName, warningNames } from '../invitations/eligibility/eligibility.ts';
import type { NewInvitation } from '../invitations/new-invitation.ts';
import { validityDaysField } from '../invitations/validity.ts';
import { InvalidInput } from '../platform/errors.ts';

import { readCachedSettings } from '../settings/settings.ts';
import { addressSchema, groupRoleSchema, idSchema, staffRoleSchema, textSchema } from './schemas.ts';

/** What is told of somebody to invite. */
export const newInvitationSchema = z
  .strictObject({
    email: addressSchema,
    message: textSchema(2_000)
      .optional()
      .meta({ description: 'A personal message, shown in the mail and on the registration page' }),
    validity_days: validityDaysField.optional().meta({ description: 'As in the settings, where not given' }),
    staff_role: staffRoleSchema.optional(),
    group_id: idSchema.optional().meta({ description: 'A group that it lets into as well' }),
    group_role: groupRoleSchema
      .optional()
      .meta({ description: 'The role in that group: a member, where not given' }),
    replace: z.boolean().optional().meta({ description: 'Revoke the open invitation of the address' }),
    override: z
      .array(z.enum(warningNames as [ReasonName, ...ReasonName[]]))
      .optional()
      .meta({ description: 'The warnings that you have seen and override, as the 409 named them' }),
  })
  .meta({ id: 'NewInvitation' });

/** What the verbs take. @throws Invalid for a role without its group */
export async function toNewInvitation(input: z.output<typeof newInvitationSchema>): Promise<NewInvitation> {
  const { group_id: groupId, group_role: role } = input;
  if (groupId === undefined && role !== undefined)
    throw new InvalidInput({ group_id: 'Name the group of that role' });
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
