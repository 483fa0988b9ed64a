import { z } from 'zod';
import { staffRoles } from '../accounts/account.ts';
import { groupRoles } from '../groups/group.ts';
import { declineReasons, type Invitation } from '../invitations/invitation.ts';
import { invitationStatuses } from '../invitations/status.ts';
import { describeAddressFault, MAX_TYPED_ADDRESS, parseAddress } from '../platform/text/address.ts';
import { toMultiLine } from '../platform/text/text.ts';

/** Database ids are bigints, but stay far below 2^53, so that they can be JSON numbers. */
export const idSchema = z.int().min(1);
export const timeSchema = z.iso.datetime();
export const emptySchema = z.strictObject({});

/** An e-mail address, normalised. */
export const addressSchema = z
  .string()
  .max(MAX_TYPED_ADDRESS)
  .transform((input, ctx) => {
    const parsed = parseAddress(input);
    if ('address' in parsed) return parsed.address;
    ctx.addIssue(describeAddressFault(parsed.fault));
    return z.NEVER;
  });

/** Free text: control characters other than line breaks are removed. */
export function textSchema(max: number) {
  return z.string().max(max).transform(toMultiLine);
}

/** A reason that staff give, for the audit. */
export const reasonTextSchema = textSchema(500).refine((reason) => reason !== '');

/** Numbers by name, such as rows by status. */
export const countsSchema = z.record(z.string(), z.int());

export const groupRoleSchema = z.enum(groupRoles);
export const staffRoleSchema = z.enum(staffRoles);
export const statusSchema = z.enum(invitationStatuses);

/** One page of a list. `previous` and `next` are URLs, or null. */
export function pageSchema<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    items: z.array(item),
    previous: z.string().nullable(),
    next: z.string().nullable(),
  });
}

export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(100).default(25).meta({ description: 'Page size' }),
  after: z.string().max(2_000).optional().meta({ description: 'Cursor, as in the URL of `next`' }),
  before: z.string().max(2_000).optional().meta({ description: 'Cursor, as in the URL of `previous`' }),
};

export const listedInvitationSchema = z
  .strictObject({
    id: idSchema,
    reference: z.string(),
    email: z.string(),
    name: z
      .string()
      .meta({ description: 'From the alumni records with this address; empty if there are none' }),
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

/** Formats an invitation for responses, without its link. */
export function toInvitationJson(invitation: Invitation): z.output<typeof invitationSchema> {
  return {
    id: Number(invitation.id),
    reference: invitation.reference,
    email: invitation.email,
    name: invitation.name ?? '',
    status: invitation.status,
    created_at: invitation.createdAt.toISOString(),
    expires_at: invitation.expiresAt.toISOString(),
    message: invitation.message ?? null,
    staff_role: invitation.staffRole ?? null,
    group_id: toNumber(invitation.groupId),
    group_role: invitation.groupRole ?? null,
    batch: invitation.batch ?? null,
    center: invitation.center ?? null,
    validity_days: invitation.validityDays,
    delivered_at: toIsoString(invitation.deliveredAt),
    bounced_at: toIsoString(invitation.bouncedAt),
    failed_at: toIsoString(invitation.failedAt),
    opened_at: toIsoString(invitation.openedAt),
    accepted_at: toIsoString(invitation.acceptedAt),
    revoked_at: toIsoString(invitation.revokedAt),
    revoked_reason: invitation.revokedReason ?? null,
    declined_at: toIsoString(invitation.declinedAt),
    declined_reason: invitation.declinedReason ?? null,
  };
}

function toIsoString(at: Date | null | undefined): string | null {
  return at?.toISOString() ?? null;
}

function toNumber(bigint: string | null | undefined): number | null {
  return bigint === null || bigint === undefined ? null : Number(bigint);
}
