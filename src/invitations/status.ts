/** The timestamps that determine the status of an invitation. */
export type StatusFacts = Readonly<{
  acceptedAt: Date | null;
  revokedAt: Date | null;
  declinedAt: Date | null;
  expiresAt: Date;
}>;

export const invitationStatuses = ['pending', 'accepted', 'expired', 'revoked', 'declined'] as const;
export type InvitationStatus = (typeof invitationStatuses)[number];

/** The status at a given time. `statusSql` is the same rule in SQL; a test compares them. */
export function statusOf(invitation: StatusFacts, at = new Date()): InvitationStatus {
  if (invitation.acceptedAt) return 'accepted';
  if (invitation.revokedAt) return 'revoked';
  if (invitation.declinedAt) return 'declined';
  return invitation.expiresAt <= at ? 'expired' : 'pending';
}

/** Pending or expired. The same condition as in the partial unique index `invitations_one_open`. */
export const openSql = 'i.accepted_at is null and i.revoked_at is null and i.declined_at is null';

/** Accepted by a mail server, or shared as a link. */
export const sentSql =
  '(i.delivered_at is not null or i.link_shared or i.opened_at is not null or i.accepted_at is not null)';

/**
 * Conditions on `invitations i`. The generated column `stage` is 1 for open invitations until the worker records their
 * expiry, so the expiry date is compared too.
 */
export const statusSql: Readonly<Record<InvitationStatus, string>> = {
  expired: '(i.stage = 0 or i.stage = 1 and i.expires_at <= now())',
  pending: 'i.stage = 1 and i.expires_at > now()',
  accepted: 'i.stage = 2',
  declined: 'i.stage = 3',
  revoked: 'i.stage = 4',
};
