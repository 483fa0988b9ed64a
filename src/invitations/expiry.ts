import { queryRows } from '../platform/db/database.ts';

/** Few enough that nobody who opens or sends one of them again waits for long. */
const CHUNK_SIZE = 2_000;

/**
 * Notes which open invitations have expired since: lists, reminders and other systems go by that. Whatever somebody else
 * changes at this moment is left to the next run, so it never waits, and any number of workers can do it at once.
 */
export async function recordExpiries(): Promise<void> {
  for (let recordedCount = CHUNK_SIZE; recordedCount === CHUNK_SIZE; ) {
    const chunk = await queryRows(
      `with due as (
         select id from invitations where stage = 1 and expires_at <= now()
         order by expires_at, id limit ${CHUNK_SIZE} for no key update skip locked)
       update invitations i set expiry_recorded_at = now() from due where i.id = due.id returning i.id`,
    );
    recordedCount = chunk.length;
  }
}
