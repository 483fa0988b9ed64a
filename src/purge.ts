import { inTransaction, queryRows } from './platform/db/database.ts';

/** Before when rows are no longer kept, by the office's settings: see `src/settings/retention.ts`. */
const before = (column: string) => `now() - make_interval(days => (select ${column} from settings))`;

// Unaccepted invitations, a few at a time. Declines are kept, and so is that someone is too young: both are remembered.
const OLD_INVITATIONS = `select id from invitations where accepted_at is null and declined_at is null
  and age_blocked_at is null and expires_at < ${before('retain_invitations_days')} order by expires_at limit 1000`;

/** Rows that are no longer needed. Some are kept for a while, to answer questions about them. */
const purgeStatements = [
  `delete from sessions where expire < now()`,
  `delete from rate_limits where expire < extract(epoch from now()) * 1000`,
  `delete from password_resets where expires_at < now() - interval '1 day'`,
  `delete from mailbox_codes where expires_at < now() - interval '1 day'`,
  // No invitation is valid for that long.
  `delete from link_opens where last_at < now() - interval '180 days'`,
  `delete from idempotency_keys where created_at < now() - interval '1 day'`,
  `delete from webhook_deliveries where occurred_at < ${before('retain_webhook_deliveries_days')}`,
  `delete from group_invitation_requests where requested_at < now() - interval '30 days'`,
  `delete from invitation_requests where resolved_at < ${before('retain_requests_days')}`,
  // A few imports at a time, because each may have 100,000 rows. Carried-out imports keep their figures.
  `delete from imports where id in (select id from imports where confirmed_at is null and (
     created_at < now() - interval '30 days' or uploaded_at is null and created_at < now() - interval '1 day')
     order by id limit 5)`,
  `with old as (select id from imports where finished_at < ${before('retain_import_rows_days')} and rows_purged_at is null
     and (undone_at is null or undo_finished_at is not null) order by id limit 5),
   purged_rows as (delete from import_rows where import_id in (select id from old)),
   purged_leftovers as (delete from import_leftovers where import_id in (select id from old))
   update imports set rows_purged_at = now() where id in (select id from old)`,
  // A few campaigns at a time, because each may have 100,000 recipients. Sent campaigns keep their figures.
  `delete from campaigns where id in (select id from campaigns where confirmed_at is null
     and created_at < now() - interval '30 days' order by id limit 5)`,
  `with old as (select id from campaigns where finished_at < ${before('retain_import_rows_days')} and recipients_purged_at is null
     and (recalled_at is null or recall_finished_at is not null) order by id limit 5),
   purged_recipients as (delete from campaign_recipients where campaign_id in (select id from old))
   update campaigns set recipients_purged_at = now() where id in (select id from old)`,
  `with old as (select id from bulk_actions where finished_at < ${before('retain_import_rows_days')} order by id limit 5),
   purged_targets as (delete from bulk_action_targets where bulk_action_id in (select id from old))
   delete from bulk_actions where id in (select id from old)`,
  `delete from messages where id in (select id from messages where delivery_status <> 'queued'
     and queued_at < ${before('retain_messages_days')} order by queued_at limit 10000)`,
  `update invitations set replaced_by = null where replaced_by in (${OLD_INVITATIONS})`,
  `delete from invitations where id in (${OLD_INVITATIONS})`,
  `update audit_events set ip = null where id in (select id from audit_events
     where ip is not null and at < ${before('retain_ips_days')} order by at limit 10000)`,
  ...['imports', 'campaigns', 'bulk_actions'].map(
    (table) =>
      `update ${table} set ip = null where ip is not null and created_at < ${before('retain_ips_days')}`,
  ),
  `update guardians set requested_from_ip = null
     where requested_from_ip is not null and requested_at < ${before('retain_ips_days')}`,
  // Unused one-time links to groups. For a week their page still explains why they can't be used.
  `delete from memberships where joined_at is null and coalesce(revoked_at, expires_at) < now() - interval '7 days'`,
];

/** Deletes rows that are no longer needed. Safe to run at any time, also concurrently. */
export function purge(): Promise<void> {
  return inTransaction(async () => {
    for (const statement of purgeStatements) await queryRows(statement, []);
  });
}
