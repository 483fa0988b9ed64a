/** The dated facts that an invitation's status follows from. */
export type StatusFacts = Readonly<{
  acceptedAt: Date | null;
  revokedAt: Date | null;
  declinedAt: Date | null;
  expiresAt: Date;
}>;

export const invitationStatuses = ['pending', 'accepted', 'expired', 'revoked', 'declined'] as const;
export type InvitationStatus = (typeof invitationStatuses)[number];

/** The status at a moment. `statusSql` says the same to the database; a test holds the two together. */
export function statusOf(invitation: StatusFacts, at = new Date()): InvitationStatus {
  if (invitation.acceptedAt) return 'accepted';
  if (invitation.revokedAt) return 'revoked';
  if (invitation.declinedAt) return 'declined';
  return invitation.expiresAt <= at ? 'expired' : 'pending';
}

/** Neither accepted, revoked nor declined: the words of the partial unique index. */
export const openSql = 'i.accepted_at is null and i.revoked_at is null and i.declined_at is null';

/** Mailed and accepted by a mail server, or given as a link. */
export const sentSql =
  '(i.delivered_at is not null or i.link_shared or i.opened_at is not null or i.accepted_at is not null)';

/**
 * Conditions on `invitations i`. The stage is derived by the database (see its column): 1 is open, until the worker has
 * seen that it expired.
 */
export const statusSql: Readonly<Record<InvitationStatus, string>> = {
  expired: '(i.stage = 0 or i.stage = 1 and i.expires_at <= now())',
  pending: 'i.stage = 1 and i.expires_at > now()',
  accepted: 'i.stage = 2',
  declined: 'i.stage = 3',
  revoked: 'i.stage = 4',
};
