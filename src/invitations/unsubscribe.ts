import type { Actor } from '../platform/audit/audit.ts';
import { config } from '../platform/config/config.ts';
import { signLinkToken } from '../platform/crypto/signed-links.ts';
import { queryRow } from '../platform/db/database.ts';
import { officeText } from '../platform/i18n/i18n.ts';
import { liftSuppressions, suppress } from '../platform/mail/suppressions.ts';

/** Whether the address of an invitation link gets invitations: `stopped` by its owner, `allowed` again, or `unchanged`. */
export type Subscription = Readonly<{
  invitationId: string;
  /** The address that the link was issued for. */
  email: string;
  /** The language on file for the person. */
  language: string | null;
  state: 'unchanged' | 'stopped' | 'allowed';
}>;

/** The link in an invitation mail that stops further ones. Derived from the id of the invitation link, never stored. */
export function unsubscribeLink(linkId: string): string {
  return `${config.baseUrl}/unsubscribe?token=${signLinkToken('unsubscribe', linkId)}`;
}

export function findSubscription(linkId: string): Promise<Subscription | null> {
  return queryRow<Subscription>(
    `select l.invitation_id, l.email, language_of(l.email) as language, case
       when bool_or(s.lifted_at is null) filter (where s.id is not null) then 'stopped'
       when bool_or(s.invitation_id = l.invitation_id) then 'allowed' else 'unchanged' end as state
     from invitation_links l left join suppressions s on s.email = l.email and s.kind = 'unsubscribed'
     where l.id = $1 group by l.id`,
    [linkId],
  );
}

/** Stops invitations, reminders and campaigns to an address. The invitation itself stays as it is. */
export function unsubscribe({ email, invitationId }: Subscription, actor: Actor): Promise<void> {
  return suppress([{ email, kind: 'unsubscribed', invitationId }], actor);
}

/** Undoes `unsubscribe`. */
export function resubscribe({ email }: Subscription, actor: Actor): Promise<void> {
  return liftSuppressions(email, ['unsubscribed'], officeText('invitations:stored.changedMind'), actor);
}
