import { columnsOf, inTransaction, rows } from '../database.ts';
import { type Attempt, note } from './attempt.ts';
import { Message, type MessageRow, queueSending, STILL_WAITING } from './messages.ts';
import { endMailPause, mailPause } from './pause.ts';

const MOST_PROBES = 10;
const QUEUED_AT_ONCE = 500;

const WITHOUT_JOB = `not exists (select from graphile_worker.jobs j where j.key = 'message:' || m.id)`;

/**
 * The job of every minute: ends a pause when the mail server takes a mail again, and sees to it that no message waits
 * for ever.
 */
export async function tendMail(attempt: Attempt): Promise<void> {
  if (await mailPause()) {
    if (!(await serverTakesMail(attempt))) return;
    await endMailPause();
  }
  await failGivenUp();
  await queueForgotten();
}

/** Tries one waiting message, and another only when the first says nothing about the server. */
async function serverTakesMail(attempt: Attempt): Promise<boolean> {
  const waiting = await rows<MessageRow>(
    `select ${columnsOf(Message, 'm')} from messages m where ${STILL_WAITING} and ${WITHOUT_JOB}
     order by queued_at limit $1`,
    [MOST_PROBES],
  );
  for (const message of waiting) {
    const outcome = await attempt(message);
    // Not the message's fault: its tries are not used up.
    if (outcome.kind === 'refused' || outcome.kind === 'unreached') return false;
    await note(message, outcome);
    if (outcome.kind === 'sent' || outcome.kind === 'bounced') return true;
  }
  return true;
}

/** A job whose last try died with its worker is never run again: its message has visibly failed. */
async function failGivenUp(): Promise<void> {
  await rows(
    `with given_up as (
       select m.id as message, j.id as job from messages m
       join graphile_worker.jobs j on j.key = 'message:' || m.id
       where ${STILL_WAITING} and j.attempts >= j.max_attempts and j.locked_at is null
     ), failed as (
       update messages m set failed_at = now(),
         last_error = coalesce(m.last_error, 'The last try was cut short.')
       from given_up where m.id = given_up.message returning given_up.job
     )
     select id from graphile_worker.complete_jobs(array(select job from failed))`,
  );
}

/** Messages that waited through a pause have no job; now they get one. */
async function queueForgotten(): Promise<void> {
  let queued: number;
  do {
    queued = await inTransaction(async () => {
      const forgotten = await rows<{ id: string }>(
        `select id from messages m where ${STILL_WAITING} and ${WITHOUT_JOB}
         order by queued_at limit $1 for update of m skip locked`,
        [QUEUED_AT_ONCE],
      );
      for (const { id } of forgotten) await queueSending(id);
      return forgotten.length;
    });
  } while (queued === QUEUED_AT_ONCE);
}
