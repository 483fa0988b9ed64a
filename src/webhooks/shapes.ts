import { z } from 'zod';
import { groupRoles } from '../groups/group.ts';
import { invitationStatuses } from '../invitations/status.ts';
import type { EventType } from './events.ts';

const id = z.int().min(1);
const time = z.string().meta({ format: 'date-time' });
const gone = z.strictObject({ id }).meta({ id: 'Gone', description: 'It is gone since' });

const invitation = z
  .strictObject({
    id,
    reference: z.string(),
    email: z.string(),
    name: z.string(),
    batch: z.int().nullable(),
    center: z.string().nullable(),
    group_id: id.nullable(),
    group_role: z.enum(groupRoles).nullable(),
    user_id: id.nullable().meta({ description: 'The account that accepted it' }),
    status: z.enum(invitationStatuses).meta({ description: 'When the message is sent' }),
    expires_at: time,
  })
  .meta({ id: 'ToldInvitation' });

const membership = z
  .strictObject({
    id,
    group_id: id,
    user_id: id.nullable(),
    email: z.string().nullable(),
    role: z.enum(groupRoles),
    joined_at: time,
    invitation_id: id
      .nullable()
      .meta({ description: 'The invitation that led here; null for a one-time link' }),
  })
  .meta({ id: 'ToldMembership' });

const consent = z
  .strictObject({
    id,
    profile_id: id,
    user_id: id,
    email: z.string().nullable(),
    external_id: z.string().nullable().meta({ description: 'Of the record in the register' }),
    act: z.enum(['granted', 'renewed', 'withdrawn']),
    at: time,
    expires_at: time.nullable(),
  })
  .meta({ id: 'ToldConsent' });

const nouns: Readonly<Record<string, z.ZodType>> = { invitation, membership, consent };

/** What is told of a kind of event: for the document of the API; a test holds real messages against it. */
export function messageShape(type: EventType): z.ZodType {
  const [noun = ''] = type.split('.');
  const data = z.union([nouns[noun] ?? gone, gone]);
  return z.strictObject({ type: z.literal(type), timestamp: time, data });
}
