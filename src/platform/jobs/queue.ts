import { queryRows, requireTransaction } from '../db/database.ts';

/** A job's payload. Must not contain secrets, because it is stored in the database. */
export type JobPayload = Readonly<Record<string, string | number | boolean | null>>;

/**
 * A job replaces a waiting job with the same `key`. Jobs with a lower `priority` run first; the default is 0.
 */
export type JobOptions = Readonly<{ runAt?: Date; key?: string; maxAttempts?: number; priority?: number }>;

/** Queues a job in the caller's transaction, so that it commits together with the change. @throws Error outside a transaction */
export async function enqueue(task: string, payload: JobPayload, options: JobOptions = {}): Promise<void> {
  requireTransaction();
  const { runAt = null, key = null, maxAttempts = null, priority = null } = options;
  await queryRows(
    `select from graphile_worker.add_job($1, $2::json, run_at := $3, job_key := $4, max_attempts := $5,
       priority := $6)`,
    [task, JSON.stringify(payload), runAt, key, maxAttempts, priority],
  );
}
