import { z } from 'zod';
import type { RecordColumn } from '../alumni/record-columns.ts';
import type { SyncedRecord } from '../alumni/synced-record.ts';
import { idSchema, timeSchema } from './schemas.ts';

const claimSchema = z
  .strictObject({
    user_id: idSchema,
    email: z.string().meta({ description: 'The address with which the account signs in' }),
    relationship: z.enum(['self', 'child']),
    claimed_at: timeSchema,
    registered_at: timeSchema,
  })
  .meta({ id: 'Claim', description: 'An account says that the record is its own, or its child’s' });

export const alumniRecordSchema = z
  .strictObject({
    id: idSchema,
    external_id: z.string(),
    first_name: z.string(),
    last_name: z.string(),
    former_name: z.string().nullable(),
    email: z.string().nullable(),
    email_of: z.enum(['person', 'guardian']).nullable(),
    other_emails: z.string().nullable(),
    batch: z.int().nullable(),
    center: z.string().nullable(),
    year_of_birth: z.int().nullable(),
    language: z.string().nullable(),
    active: z.boolean(),
    deceased: z.boolean(),
    state: z.enum(['active', 'inactive', 'deceased', 'merged']),
    merged_into: z
      .string()
      .nullable()
      .meta({ description: 'The external id of the record that replaces this duplicate' }),
    registered_at: timeSchema
      .nullable()
      .meta({ description: 'When the person created their account; null if they have none' }),
    account_email: z.string().nullable().meta({ description: 'The address of the person’s own account' }),
    claims: z.array(claimSchema),
    updated_at: timeSchema.meta({ description: 'The last change of the record or of its claims' }),
  })
  .meta({ id: 'AlumniRecord' });

export function toRecordJson(record: SyncedRecord): z.output<typeof alumniRecordSchema> {
  const own = record.claims.find(({ relationship }) => relationship === 'self');
  return {
    id: Number(record.id),
    external_id: record.externalId,
    first_name: record.firstName,
    last_name: record.lastName,
    former_name: record.formerName,
    email: record.email,
    email_of: record.emailOf,
    other_emails: record.otherEmails,
    batch: record.batch,
    center: record.center,
    year_of_birth: record.yearOfBirth,
    language: record.language,
    active: record.active,
    deceased: record.deceased,
    state: record.state,
    merged_into: record.mergedIntoId,
    registered_at: own ? toUtc(own.registeredAt) : null,
    account_email: own?.email ?? null,
    claims: record.claims.map((claim) => ({
      user_id: Number(claim.accountId),
      email: claim.email,
      relationship: claim.relationship,
      claimed_at: toUtc(claim.claimedAt),
      registered_at: toUtc(claim.registeredAt),
    })),
    updated_at: record.changedAt.toISOString(),
  };
}

const toUtc = (time: string) => new Date(time).toISOString();

const shortText = z.string().max(100);

/** The values that another system can write. Left out: kept. Null: erased. The directory checks them further. */
export const recordInputSchema = z
  .strictObject({
    first_name: shortText.optional(),
    last_name: shortText.optional().meta({ description: 'Required for a new record' }),
    former_name: shortText.nullable().optional(),
    email: z.string().max(254).nullable().optional(),
    email_of: z.enum(['person', 'guardian']).nullable().optional(),
    other_emails: z.string().max(2_000).nullable().optional(),
    batch: z.int().nullable().optional(),
    center: shortText.nullable().optional(),
    year_of_birth: z.int().nullable().optional(),
    language: shortText.nullable().optional(),
    active: z.boolean().optional(),
    deceased: z.boolean().optional(),
  } satisfies Record<Exclude<RecordColumn, 'external_id'>, z.ZodType>)
  .meta({
    id: 'AlumniRecordInput',
    description: 'Fields that are left out keep their values. Null erases a value.',
  });

export const externalIdSchema = shortText.min(1);

export const exampleRecord: z.output<typeof alumniRecordSchema> = {
  id: 1,
  external_id: 'A-1042',
  first_name: 'Amma',
  last_name: 'Owusu',
  former_name: 'Amma Mensah',
  email: 'amma@example.org',
  email_of: 'person',
  other_emails: null,
  batch: 2002,
  center: 'Harbour',
  year_of_birth: 1984,
  language: null,
  active: true,
  deceased: false,
  state: 'active',
  merged_into: null,
  registered_at: '2026-11-25T14:30:00.000Z',
  account_email: 'amma.owusu@example.com',
  claims: [
    {
      user_id: 99,
      email: 'amma.owusu@example.com',
      relationship: 'self',
      claimed_at: '2026-11-25T14:30:00.000Z',
      registered_at: '2026-11-25T14:30:00.000Z',
    },
  ],
  updated_at: '2026-11-25T14:30:00.000Z',
};
