import { queryRows } from '../platform/db/database.ts';
import { eraseSuppressedAddress } from '../platform/mail/suppressions.ts';

const statementsByAddress = [
  // "Don't write to me" must be remembered, unless the person accepted an invitation later.
  `insert into suppressions (email, kind) select $1::citext, 'unsubscribed' from invitations where email = $1::citext
   having max(declined_at) > coalesce(max(accepted_at), '-infinity')
   on conflict (email, kind) where lifted_at is null do nothing`,
  `delete from sessions where coalesce((sess -> 'openedInvitations')::jsonb, '{}') ?| array(
     select id::text from invitations where email = $1)
     or strpos(lower(replace(sess::text, '%40', '@')), lower($1::text)) > 0`,
  'delete from messages where recipient = $1',
  'delete from campaign_recipients where email = $1',
  'delete from invitation_requests where $1 in (email, corrected_email, new_email)',
  'delete from group_invitation_requests where email = $1',
  'delete from record_corrections where lower($1::text) in (lower(old_value), lower(new_value))',
  'delete from address_changes where $1 in (old_email, new_email)',
  `delete from webhook_deliveries where type like 'invitation.%'
     and subject_id in (select id from invitations where email = $1)`,
  `update invitations set replaced_by = null where replaced_by in (select id from invitations where email = $1)`,
  'delete from invitations where email = $1',
  // Of invitations whose address was corrected.
  'delete from invitation_links where email = $1',
];

// What may contain the address inside a longer text.
const statementsByPattern = [
  'delete from graphile_worker._private_jobs where payload::text ~* $1 and locked_at is null',
  'delete from import_leftovers where text ~* $1',
  'delete from import_rows where cells::text ~* $1 or values::text ~* $1 or previous_values::text ~* $1',
  'update bulk_actions set filter = null where filter::text ~* $1 and finished_at is not null',
  'delete from idempotency_keys where response::text ~* $1',
];

/**
 * Deletes what is stored about an address, except accounts, alumni records, guardians, consents and audit events. If we
 * mustn't write to it, only its HMAC is kept. A job that is running now is deleted when it ends.
 */
export async function eraseAddress(email: string): Promise<void> {
  for (const statement of statementsByAddress) await queryRows(statement, [email]);
  for (const statement of statementsByPattern) await queryRows(statement, [addressPattern(email)]);
  await eraseSuppressedAddress(email);
}

/**
 * A PostgreSQL pattern for an address that isn't part of a longer one. Before it, JSON may have a line break or a tab.
 */
function addressPattern(email: string): string {
  const literal = email.replaceAll(/[^A-Za-z0-9@]/g, String.raw`\$&`);
  return String.raw`(?:(?<![A-Za-z0-9!#$%&'*+/=?^_\`{|}~.-])|(?<=\\[nrt]))${literal}(?![A-Za-z0-9-]|\.[A-Za-z0-9])`;
}
