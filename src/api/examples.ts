import type { z } from 'zod';
import type { invitationSchema, listedInvitationSchema } from './schemas.ts';

export const exampleListedInvitation: z.output<typeof listedInvitationSchema> = {
  id: 1,
  reference: 'K7M2Q9XA',
  email: 'amma@example.org',
  name: 'Amma Owusu',
  status: 'pending',
  created_at: '2026-11-25T14:30:00.000Z',
  expires_at: '2026-12-09T14:30:00.000Z',
};

export const exampleInvitation: z.output<typeof invitationSchema> = {
  ...exampleListedInvitation,
  message: 'See you in May.',
  staff_role: null,
  group_id: null,
  group_role: null,
  batch: 2002,
  center: 'Harbour',
  validity_days: 14,
  delivered_at: null,
  bounced_at: null,
  failed_at: null,
  opened_at: null,
  accepted_at: null,
  revoked_at: null,
  revoked_reason: null,
  declined_at: null,
  declined_reason: null,
};
