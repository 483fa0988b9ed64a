import type { Attributes } from 'sequelize';
import { z } from 'zod';
import { staffRoles } from '../accounts/account.ts';
import type { Group } from '../groups/group.ts';
import { groupRoles } from '../groups/group.ts';
import { declineReasons, type Invitation } from '../invitations/invitation.ts';
import { invitationStatuses } from '../invitations/status.ts';
import { normaliseAddress } from '../mail/address.ts';
import { severalLines } from '../text.ts';

/** Ids are numbers; they stay below 2^53 for as long as anybody lives. */
export const id = z.int().min(1);
export const time = z.iso.datetime();
export const nothing = z.strictObject({});

/** An address in its one spelling. */
export const address = z
  .string()
  .max(254)
  .transform((typed, ctx) => {
    const spelled = normaliseAddress(typed);
    if (spelled !== null) return spelled;
    ctx.addIssue('Give an e-mail address like name@example.org');
    return z.NEVER;
  });

/** Text that people read: without control characters, but for line breaks. */
export function prose(max: number) {
  return z.string().max(max).transform(severalLines);
}

export const groupRole = z.enum(groupRoles);
export const staffRole = z.enum(staffRoles);
export const status = z.enum(invitationStatuses);

/** The addresses of the pages around this one, null where there is none. */
export function pageOf<Item extends z.ZodType>(item: Item) {
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

export const listedInvitation = z
  .strictObject({
    id,
    reference: z.string(),
    email: z.string(),
    name: z.string().meta({ description: 'Of the records under the address; empty where there are none' }),
    status,
    created_at: time,
    expires_at: time,
  })
  .meta({ id: 'ListedInvitation' });

export const invitation = listedInvitation
  .extend({
    message: z.string().nullable(),
    staff_role: staffRole.nullable(),
    group_id: id.nullable(),
    group_role: groupRole.nullable(),
    batch: z.int().nullable(),
    center: z.string().nullable(),
    validity_days: z.int(),
    delivered_at: time.nullable(),
    bounced_at: time.nullable(),
    failed_at: time.nullable(),
    opened_at: time.nullable(),
    accepted_at: time.nullable(),
    revoked_at: time.nullable(),
    revoked_reason: z.string().nullable(),
    declined_at: time.nullable(),
    declined_reason: z.enum(declineReasons).nullable(),
  })
  .meta({ id: 'Invitation' });

/** An invitation as programs see it: never with a link. */
export function tellInvitation(given: Invitation): z.output<typeof invitation> {
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
    group_id: numberOf(given.groupId),
    group_role: given.groupRole ?? null,
    batch: given.batch ?? null,
    center: given.center ?? null,
    validity_days: given.validityDays,
    delivered_at: isoOf(given.deliveredAt),
    bounced_at: isoOf(given.bouncedAt),
    failed_at: isoOf(given.failedAt),
    opened_at: isoOf(given.openedAt),
    accepted_at: isoOf(given.acceptedAt),
    revoked_at: isoOf(given.revokedAt),
    revoked_reason: given.revokedReason ?? null,
    declined_at: isoOf(given.declinedAt),
    declined_reason: given.declinedReason ?? null,
  };
}

export const group = z
  .strictObject({
    id,
    name: z.string(),
    description: z.string(),
    role: groupRole.nullable().meta({ description: 'Yours in it' }),
    created_at: time,
  })
  .meta({ id: 'Group' });

export function tellGroup(
  given: Attributes<Group> & { role: z.output<typeof groupRole> | null },
): z.output<typeof group> {
  return {
    id: Number(given.id),
    name: given.name,
    description: given.description,
    role: given.role,
    created_at: given.createdAt.toISOString(),
  };
}

export function isoOf(at: Date | null | undefined): string | null {
  return at?.toISOString() ?? null;
}

export function numberOf(bigint: string | null | undefined): number | null {
  return bigint === null || bigint === undefined ? null : Number(bigint);
}
