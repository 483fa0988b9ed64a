import { queryRows, requireTransaction } from '../db/database.ts';

/** A task's payload holds ids only: the queue's tables are no place for a secret. */
export type JobPayload = Readonly<Record<string, string | number | boolean | null>>;

/**
 * `key` makes a later job of the same key replace the earlier one that still waits. `priority` below 0 goes before the
 * others that are due.
 */
export type JobOptions = Readonly<{ runAt?: Date; key?: string; maxAttempts?: number; priority?: number }>;

/** Queues a job inside the caller's transaction: a rollback leaves no job, a commit never loses it. */
export async function enqueue(task: string, payload: JobPayload, options: JobOptions = {}): Promise<void> {
  requireTransaction();
  const { runAt = null, key = null, maxAttempts = null, priority = null } = options;
  await queryRows(
    `select from graphile_worker.add_job($1, $2::json, run_at := $3, job_key := $4, max_attempts := $5,
       priority := $6)`,
    [task, JSON.stringify(payload), runAt, key, maxAttempts, priority],
  );
}
