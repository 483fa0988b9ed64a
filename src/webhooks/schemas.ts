import { z } from 'zod';
import { groupRoles } from '../groups/group.ts';
import { invitationStatuses } from '../invitations/status.ts';
import type { EventType } from './events.ts';

const idSchema = z.int().min(1);
const timeSchema = z.string().meta({ format: 'date-time' });
const deletedSchema = z
  .strictObject({ id: idSchema })
  .meta({ id: 'DeletedSubject', description: 'It is gone since' });

const invitationSchema = z
  .strictObject({
    id: idSchema,
    reference: z.string(),
    email: z.string(),
    name: z.string(),
    batch: z.int().nullable(),
    center: z.string().nullable(),
    group_id: idSchema.nullable(),
    group_role: z.enum(groupRoles).nullable(),
    user_id: idSchema.nullable().meta({ description: 'The account that accepted it' }),
    status: z.enum(invitationStatuses).meta({ description: 'When the message is sent' }),
    expires_at: timeSchema,
  })
  .meta({ id: 'WebhookInvitation' });

const membershipSchema = z
  .strictObject({
    id: idSchema,
    group_id: idSchema,
    user_id: idSchema.nullable(),
    email: z.string().nullable(),
    role: z.enum(groupRoles),
    joined_at: timeSchema,
    invitation_id: idSchema
      .nullable()
      .meta({ description: 'The invitation that led here; null for a one-time link' }),
  })
  .meta({ id: 'WebhookMembership' });

const consentSchema = z
  .strictObject({
    id: idSchema,
    profile_id: idSchema,
    user_id: idSchema,
    email: z.string().nullable(),
    external_id: z.string().nullable().meta({ description: 'Of the record in the register' }),
    decision: z.enum(['granted', 'renewed', 'withdrawn']),
    at: timeSchema,
    expires_at: timeSchema.nullable(),
  })
  .meta({ id: 'WebhookConsent' });

const dataSchemas: Readonly<Record<string, z.ZodType>> = {
  invitation: invitationSchema,
  membership: membershipSchema,
  consent: consentSchema,
};

/** What is told of a kind of event: for the document of the API; a test holds real messages against it. */
export function messageSchema(type: EventType): z.ZodType {
  const [subjectType = ''] = type.split('.');
  const data = z.union([dataSchemas[subjectType] ?? deletedSchema, deletedSchema]);
  return z.strictObject({ type: z.literal(type), timestamp: timeSchema, data });
}
