import { columnsOf, inTransaction, queryRows } from '../db/database.ts';
import { enqueueSend, IS_QUEUED, Message, type MessageRow } from './messages.ts';
import { findMailPause, resumeMail } from './pause.ts';
import { recordOutcome, type SendAttempt } from './send.ts';

const MAX_PROBES = 10;
const CHUNK_SIZE = 500;

const HAS_NO_JOB = `not exists (select from graphile_worker.jobs j where j.key = 'message:' || m.id)`;

/**
 * The job of every minute: ends a pause when the mail server takes a mail again, and sees to it that no message waits
 * for ever.
 */
export async function maintainOutbox(attempt: SendAttempt): Promise<void> {
  if (await findMailPause()) {
    if (!(await isServerAcceptingMail(attempt))) return;
    await resumeMail();
  }
  await failExhaustedMessages();
  await requeueOrphanedMessages();
}

/** Tries one waiting message, and another only when the first says nothing about the server. */
async function isServerAcceptingMail(attempt: SendAttempt): Promise<boolean> {
  const waiting = await queryRows<MessageRow>(
    `select ${columnsOf(Message, 'm')} from messages m where ${IS_QUEUED} and ${HAS_NO_JOB}
     order by queued_at limit $1`,
    [MAX_PROBES],
  );
  for (const message of waiting) {
    const outcome = await attempt(message);
    // Not the message's fault: its tries are not used up.
    if (outcome.kind === 'sender-refused' || outcome.kind === 'unreachable') return false;
    await recordOutcome(message, outcome);
    if (outcome.kind === 'sent' || outcome.kind === 'bounced') return true;
  }
  return true;
}

/** A job whose last try died with its worker is never run again: its message has visibly failed. */
async function failExhaustedMessages(): Promise<void> {
  await queryRows(
    `with given_up as (
       select m.id as message, j.id as job from messages m
       join graphile_worker.jobs j on j.key = 'message:' || m.id
       where ${IS_QUEUED} and j.attempts >= j.max_attempts and j.locked_at is null
     ), failed as (
       update messages m set failed_at = now(),
         last_error = coalesce(m.last_error, 'The last try was cut short.')
       from given_up where m.id = given_up.message returning given_up.job
     )
     select id from graphile_worker.complete_jobs(array(select job from failed))`,
  );
}

/** Messages that waited through a pause have no job; now they get one. */
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
