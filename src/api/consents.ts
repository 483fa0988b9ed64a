import { z } from 'zod';
import { CONSENTS_PER_PAGE, type ListedConsent, listLatestConsents } from '../consents/consent.ts';
import { defineOperation } from './operation.ts';
import { idSchema, pageSchema, timeSchema } from './schemas.ts';

const consentSchema = z
  .strictObject({
    id: idSchema,
    profile_id: idSchema,
    user_id: idSchema,
    minor_name: z.string().meta({ description: 'Empty if the record was deleted' }),
    decision: z.enum(['granted', 'renewed', 'refused', 'withdrawn']),
    guardian_name: z.string(),
    guardian_email: z.string(),
    at: timeSchema,
    expires_at: timeSchema.nullable(),
  })
  .meta({ id: 'Consent' });

export const listConsentsOperation = defineOperation({
  method: 'get',
  path: '/v1/consents',
  operationId: 'listConsents',
  summary: 'List decisions of guardians',
  description: `Returns ${CONSENTS_PER_PAGE} decisions, newest first. They can’t be changed.`,
  permission: 'staff',
  scope: 'consents:read',
  query: z.strictObject({
    before: z.coerce
      .number()
      .int()
      .min(1)
      .max(Number.MAX_SAFE_INTEGER)
      .optional()
      .meta({ description: 'Only decisions with a lower id, as in the URL of `next`' }),
  }),
  body: null,
  status: 200,
  response: pageSchema(consentSchema),
  problemStatuses: [],
  examples: {
    query: {},
    response: {
      items: [
        {
          id: 1,
          profile_id: 7,
          user_id: 99,
          minor_name: 'Esi Owusu',
          decision: 'granted',
          guardian_name: 'Gita Owusu',
          guardian_email: 'gita@example.org',
          at: '2026-11-25T14:30:00.000Z',
          expires_at: '2027-11-25T14:30:00.000Z',
        },
      ],
      previous: null,
      next: null,
    },
  },
  async run({ query: { before } }) {
    const consents = await listLatestConsents(before === undefined ? null : String(before));
    const last = consents.length === CONSENTS_PER_PAGE ? consents.at(-1) : undefined;
    const next = last ? `/api/v1/consents?before=${last.id}` : null;
    return { items: consents.map(toConsentJson), previous: null, next };
  },
});

function toConsentJson(consent: ListedConsent): z.output<typeof consentSchema> {
  return {
    id: Number(consent.id),
    profile_id: Number(consent.profileId),
    user_id: Number(consent.accountId),
    minor_name: consent.minorName,
    decision: consent.decision,
    guardian_name: consent.guardianName,
    guardian_email: consent.guardianEmail,
    at: consent.at.toISOString(),
    expires_at: consent.expiresAt?.toISOString() ?? null,
  };
}
