import { inTransaction, queryRows } from '../platform/db/database.ts';

/** The rows that nobody can use any more, and how long they are kept for questions. */
const purgeStatements = [
  `delete from sessions where expire < now()`,
  `delete from rate_limits where expire < extract(epoch from now()) * 1000`,
  `delete from password_resets where expires_at < now() - interval '1 day'`,
  `delete from mailbox_codes where expires_at < now() - interval '1 day'`,
  // Longer than any invitation is valid.
  `delete from link_visits where last_at < now() - interval '180 days'`,
  `delete from idempotency_keys where at < now() - interval '1 day'`,
  `delete from webhook_deliveries where occurred_at < now() - interval '30 days'`,
  `delete from group_wishes where wished_at < now() - interval '30 days'`,
  // Files: few at a time, as each may have a hundred thousand rows. What was imported keeps its figures.
  `delete from imports where id in (select id from imports where confirmed_at is null and (
     created_at < now() - interval '30 days' or uploaded_at is null and created_at < now() - interval '1 day')
     order by id limit 5)`,
  `with old as (select id from imports where done_at < now() - interval '90 days' and emptied_at is null
     and (undone_at is null or undo_done_at is not null) order by id limit 5),
   emptied as (delete from import_rows where import_id in (select id from old))
   update imports set emptied_at = now() where id in (select id from old)`,
  // Campaigns: few at a time, as each may have a hundred thousand recipients. What was sent keeps its figures.
  `delete from campaigns where id in (select id from campaigns where confirmed_at is null
     and created_at < now() - interval '30 days' order by id limit 5)`,
  `with old as (select id from campaigns where done_at < now() - interval '90 days' and emptied_at is null
     and (recalled_at is null or recall_done_at is not null) order by id limit 5),
   emptied as (delete from campaign_recipients where campaign_id in (select id from old))
   update campaigns set emptied_at = now() where id in (select id from old)`,
  `with old as (select id from bulk_acts where finished_at < now() - interval '90 days' order by id limit 5),
   left_out as (delete from bulk_act_targets where bulk_act_id in (select id from old))
   delete from bulk_acts where id in (select id from old)`,
  // One-time links to groups that nobody used: for a week their page says what became of them.
  `delete from memberships where joined_at is null and coalesce(revoked_at, expires_at) < now() - interval '7 days'`,
];

/** Removes what has outlived its use. Safe to run at any time and twice at once. */
export function purge(): Promise<void> {
  return inTransaction(async () => {
    for (const statement of purgeStatements) await queryRows(statement, []);
  });
}
