import { z } from 'zod';
import { groupRoles } from '../groups/group.ts';
import { invitationStatuses } from '../invitations/status.ts';
import type { EventType } from './events.ts';

const idSchema = z.int().min(1);
const timeSchema = z.string().meta({ format: 'date-time' });
const deletedSchema = z
  .strictObject({ id: idSchema })
  .meta({ id: 'DeletedSubject', description: 'The subject has been deleted' });

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
    status: z.enum(invitationStatuses).meta({ description: 'At the time of sending' }),
    expires_at: timeSchema,
    claims: z
      .array(z.strictObject({ external_id: z.string(), relationship: z.enum(['self', 'child']) }))
      .meta({ description: 'The alumni records of the account that accepted it, and of its children' }),
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
      .meta({ description: 'The invitation that was accepted; null for a one-time link' }),
  })
  .meta({ id: 'WebhookMembership' });

const consentSchema = z
  .strictObject({
    id: idSchema,
    profile_id: idSchema,
    user_id: idSchema,
    email: z.string().nullable(),
    external_id: z
      .string()
      .nullable()
      .meta({ description: 'The id of the alumni record in the office’s own system' }),
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

/** The schema of the messages of an event type, for the OpenAPI document. A test validates real messages with it. */
export function messageSchema(type: EventType): z.ZodType {
  const [subjectType = ''] = type.split('.');
  const data = z.union([dataSchemas[subjectType] ?? deletedSchema, deletedSchema]);
  return z.strictObject({ type: z.literal(type), timestamp: timeSchema, data });
}
