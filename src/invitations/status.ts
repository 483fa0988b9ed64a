/** The dated facts that an invitation's status follows from. */
export type InvitationFacts = Readonly<{
  acceptedAt: Date | null;
  revokedAt: Date | null;
  declinedAt: Date | null;
  expiresAt: Date;
}>;

export const invitationStatuses = ['pending', 'accepted', 'expired', 'revoked', 'declined'] as const;
export type InvitationStatus = (typeof invitationStatuses)[number];

/** The status at a moment. `statusSql` says the same to the database; a test holds the two together. */
export function statusOf(invitation: InvitationFacts, at = new Date()): InvitationStatus {
  if (invitation.acceptedAt) return 'accepted';
  if (invitation.revokedAt) return 'revoked';
  if (invitation.declinedAt) return 'declined';
  return invitation.expiresAt <= at ? 'expired' : 'pending';
}

/** Neither accepted, revoked nor declined: the words of the partial unique index. */
export const openSql = 'i.accepted_at is null and i.revoked_at is null and i.declined_at is null';

/**
 * Conditions on `invitations i`, one a status, each as parts that don't overlap. The stage is derived by the database
 * (see its column); of those that expired since the worker last looked there are few.
 */
export const statusParts: Readonly<Record<InvitationStatus, readonly string[]>> = {
  expired: [
    'i.stage = 0',
    'i.id = any(array(select o.id from invitations o where o.stage = 1 and o.expires_at <= now()))',
  ],
  pending: ['i.stage = 1 and i.expires_at > now()'],
  accepted: ['i.stage = 2'],
  declined: ['i.stage = 3'],
  revoked: ['i.stage = 4'],
};

/** `statusParts`, each status as one condition. */
export const statusSql = Object.fromEntries(
  invitationStatuses.map((status) => [status, `(${statusParts[status].join(' or ')})`]),
) as Readonly<Record<InvitationStatus, string>>;

/** All there are, as parts: each has its own order in the indexes of lists. */
export const stageParts: readonly string[] = [0, 1, 2, 3, 4].map((stage) => `i.stage = ${stage}`);
