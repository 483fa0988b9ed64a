import { queryRows } from '../platform/db/database.ts';

/** Small, so that nobody who opens or resends one of them waits long for the lock. */
const CHUNK_SIZE = 2_000;

/**
 * Records the expiry of open invitations, for lists, reminders and webhooks. Skips locked rows, which the next run
 * finds again, so it never waits and any number of workers can run it at the same time.
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
