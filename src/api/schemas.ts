import type { Attributes } from 'sequelize';
import { z } from 'zod';
import { staffRoles } from '../accounts/account.ts';
import type { Group } from '../groups/group.ts';
import { groupRoles } from '../groups/group.ts';
import { declineReasons, type Invitation } from '../invitations/invitation.ts';
import { invitationStatuses } from '../invitations/status.ts';
import { normaliseAddress } from '../platform/text/address.ts';
import { toMultiLine } from '../platform/text/text.ts';

/** Ids are numbers; they stay below 2^53 for as long as anybody lives. */
export const idSchema = z.int().min(1);
export const timeSchema = z.iso.datetime();
export const emptySchema = z.strictObject({});

/** An address in its one spelling. */
export const addressSchema = z
  .string()
  .max(254)
  .transform((typed, ctx) => {
    const spelled = normaliseAddress(typed);
    if (spelled !== null) return spelled;
    ctx.addIssue('Give an e-mail address like name@example.org');
    return z.NEVER;
  });

/** Text that people read: without control characters, but for line breaks. */
export function textSchema(max: number) {
  return z.string().max(max).transform(toMultiLine);
}

export const groupRoleSchema = z.enum(groupRoles);
export const staffRoleSchema = z.enum(staffRoles);
export const statusSchema = z.enum(invitationStatuses);

/** The addresses of the pages around this one, null where there is none. */
export function pageSchema<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    items: z.array(item),
    previous: z.string().nullable(),
    next: z.string().nullable(),
  });
}

export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(100).default(25).meta({ description: 'How many a page has' }),
  after: z.string().max(2_000).optional().meta({ description: 'As the address of the next page has it' }),
  before: z
    .string()
    .max(2_000)
    .optional()
    .meta({ description: 'As the address of the previous page has it' }),
};

export const listedInvitationSchema = z
  .strictObject({
    id: idSchema,
    reference: z.string(),
    email: z.string(),
    name: z.string().meta({ description: 'Of the records under the address; empty where there are none' }),
    status: statusSchema,
    created_at: timeSchema,
    expires_at: timeSchema,
  })
  .meta({ id: 'ListedInvitation' });

export const invitationSchema = listedInvitationSchema
  .extend({
    message: z.string().nullable(),
    staff_role: staffRoleSchema.nullable(),
    group_id: idSchema.nullable(),
    group_role: groupRoleSchema.nullable(),
    batch: z.int().nullable(),
    center: z.string().nullable(),
    validity_days: z.int(),
    delivered_at: timeSchema.nullable(),
    bounced_at: timeSchema.nullable(),
    failed_at: timeSchema.nullable(),
    opened_at: timeSchema.nullable(),
    accepted_at: timeSchema.nullable(),
    revoked_at: timeSchema.nullable(),
    revoked_reason: z.string().nullable(),
    declined_at: timeSchema.nullable(),
    declined_reason: z.enum(declineReasons).nullable(),
  })
  .meta({ id: 'Invitation' });

/** An invitation as programs see it: never with a link. */
export function toInvitationJson(given: Invitation): z.output<typeof invitationSchema> {
  return {
    id: Number(given.id),
    reference: given.reference,
    email: given.email,
    name: given.name ?? '',
    status: given.status,
    created_at: given.createdAt.toISOString(),
    expires_at: given.expiresAt.toISOString(),
    message: given.message ?? null,
    staff_role: given.staffRole ?? null,
    group_id: toNumber(given.groupId),
    group_role: given.groupRole ?? null,
    batch: given.batch ?? null,
    center: given.center ?? null,
    validity_days: given.validityDays,
    delivered_at: toIsoString(given.deliveredAt),
    bounced_at: toIsoString(given.bouncedAt),
    failed_at: toIsoString(given.failedAt),
    opened_at: toIsoString(given.openedAt),
    accepted_at: toIsoString(given.acceptedAt),
    revoked_at: toIsoString(given.revokedAt),
    revoked_reason: given.revokedReason ?? null,
    declined_at: toIsoString(given.declinedAt),
    declined_reason: given.declinedReason ?? null,
  };
}

export const groupSchema = z
  .strictObject({
    id: idSchema,
    name: z.string(),
    description: z.string(),
    role: groupRoleSchema.nullable().meta({ description: 'Yours in it' }),
    created_at: timeSchema,
  })
  .meta({ id: 'Group' });

export function toGroupJson(
  given: Attributes<Group> & { role: z.output<typeof groupRoleSchema> | null },
): z.output<typeof groupSchema> {
  return {
    id: Number(given.id),
    name: given.name,
    description: given.description,
    role: given.role,
    created_at: given.createdAt.toISOString(),
  };
}

export function toIsoString(at: Date | null | undefined): string | null {
  return at?.toISOString() ?? null;
}

export function toNumber(bigint: string | null | undefined): number | null {
  return bigint === null || bigint === undefined ? null : Number(bigint);
}
