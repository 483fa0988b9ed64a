import { columnsOf, inTransaction, queryRows } from '../db/database.ts';
import { enqueueSend, IS_QUEUED, Message, type MessageRow } from './messages.ts';
import { findMailPause, resumeMail } from './pause.ts';
import { recordOutcome, type SendAttempt } from './send.ts';

const MAX_PROBES = 10;
const CHUNK_SIZE = 500;

const HAS_NO_JOB = `not exists (select from graphile_worker.jobs j where j.key = 'message:' || m.id)`;

/**
 * Runs every minute: ends a pause when the mail server accepts mail again, and makes sure that every queued message has a job
 * or fails.
 */
export async function maintainOutbox(attempt: SendAttempt): Promise<void> {
  if (await findMailPause()) {
    if (!(await isServerAcceptingMail(attempt))) return;
    await resumeMail();
  }
  await failExhaustedMessages();
  await requeueOrphanedMessages();
}

/** Sends one waiting message as a probe, and further ones only while the outcome says nothing about the server. */
async function isServerAcceptingMail(attempt: SendAttempt): Promise<boolean> {
  const waiting = await queryRows<MessageRow>(
    `select ${columnsOf(Message, 'm')} from messages m where ${IS_QUEUED} and ${HAS_NO_JOB}
     order by queued_at limit $1`,
    [MAX_PROBES],
  );
  for (const message of waiting) {
    const outcome = await attempt(message);
    // The server's fault, so it doesn't count as an attempt.
    if (outcome.kind === 'sender-refused' || outcome.kind === 'unreachable') return false;
    await recordOutcome(message, outcome);
    if (outcome.kind === 'sent' || outcome.kind === 'bounced') return true;
  }
  return true;
}

/** Marks messages as failed whose job's last attempt was lost with its worker, as such a job never runs again. */
async function failExhaustedMessages(): Promise<void> {
  await queryRows(
    `with exhausted as (
       select m.id as message, j.id as job from messages m
       join graphile_worker.jobs j on j.key = 'message:' || m.id
       where ${IS_QUEUED} and j.attempts >= j.max_attempts and j.locked_at is null
     ), failed as (
       update messages m set failed_at = now(),
         last_error = coalesce(m.last_error, 'The last attempt was interrupted.')
       from exhausted where m.id = exhausted.message returning exhausted.job
     )
     select id from graphile_worker.complete_jobs(array(select job from failed))`,
  );
}

/** Queues jobs for messages without one, such as those that waited during a pause. */
async function requeueOrphanedMessages(): Promise<void> {
  let queued: number;
  do {
    queued = await inTransaction(async () => {
      const orphaned = await queryRows<{ id: string }>(
        `select id from messages m where ${IS_QUEUED} and ${HAS_NO_JOB}
         order by queued_at limit $1 for update of m skip locked`,
        [CHUNK_SIZE],
      );
      for (const { id } of orphaned) await enqueueSend(id);
      return orphaned.length;
    });
  } while (queued === CHUNK_SIZE);
}
