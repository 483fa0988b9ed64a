import type { Actor } from '../platform/audit/audit.ts';
import { queryRows } from '../platform/db/database.ts';
import { recordInvitationEvents } from './operation.ts';
import { openSql } from './status.ts';

/**
 * Moves the open invitation of a member's old address, and requests to invite it into a group, to the new one. Their links
 * keep working: the member has proven both mailboxes. An open invitation of the new address stays, and the old one with it.
 * Runs in the caller's transaction.
 */
export async function moveOpenInvitations(from: string, to: string, actor: Actor): Promise<void> {
  const moved = await queryRows<{ id: string }>(
    `with moved as (
       update invitations i set email = $2 where i.email = $1 and ${openSql}
         and not exists (select from invitations other where other.email = $2 and ${openSql.replaceAll('i.', 'other.')})
       returning i.id),
     moved_links as (update invitation_links set email = $2 where invitation_id in (select id from moved))
     select id from moved`,
    [from, to],
  );
  await recordInvitationEvents('address-corrected', moved, () => ({}), actor);
  await queryRows(
    `update group_invitation_requests set email = $2
     where email = $1 and (processed_at is null or outcome = 'waiting')`,
    [from, to],
  );
}
