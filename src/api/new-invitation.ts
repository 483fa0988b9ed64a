import { z } from 'zod';
import { Invalid } from '../errors.ts';
import { type ReasonName, warnings } from '../invitations/eligibility.ts';
import { days } from '../invitations/extension.ts';
import type { NewInvitation } from '../invitations/invite.ts';
import { recentSettings } from '../settings.ts';
import { address, groupRole, id, prose, staffRole } from './shapes.ts';

/** What is told of somebody to invite. */
export const newInvitation = z
  .strictObject({
    email: address,
    message: prose(2_000)
      .optional()
      .meta({ description: 'A personal message, shown in the mail and on the registration page' }),
    validity_days: days.optional().meta({ description: 'As in the settings, where not given' }),
    staff_role: staffRole.optional(),
    group_id: id.optional().meta({ description: 'A group that it lets into as well' }),
    group_role: groupRole
      .optional()
      .meta({ description: 'The role in that group: a member, where not given' }),
    replace: z.boolean().optional().meta({ description: 'Revoke the open invitation of the address' }),
    override: z
      .array(z.enum(warnings as [ReasonName, ...ReasonName[]]))
      .optional()
      .meta({ description: 'The warnings that you have seen and override, as the 409 named them' }),
  })
  .meta({ id: 'NewInvitation' });

/** What the verbs take. @throws Invalid for a role without its group */
export async function newInvitationOf(given: z.output<typeof newInvitation>): Promise<NewInvitation> {
  const { group_id: groupId, group_role: role } = given;
  if (groupId === undefined && role !== undefined)
    throw new Invalid({ group_id: 'Name the group of that role' });
  return {
    email: given.email,
    message: given.message || null,
    validityDays: given.validity_days ?? (await recentSettings()).invitationDays,
    staffRole: given.staff_role ?? null,
    group: groupId === undefined ? null : { id: String(groupId), role: role ?? 'member' },
    delivery: 'mail',
    override: [...(given.override ?? []), ...(given.replace ? (['open'] as const) : [])],
  };
}
