import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, row, rows } from '../database.ts';
import { enqueue } from '../jobs/queue.ts';
import { log } from '../log.ts';

/** The mail server refuses us, so no mail is sent until it takes one again. For a banner and the health page. */
export type MailPause = Readonly<{ pausedAt: Date; reason: string }>;

export function mailPause(): Promise<MailPause | null> {
  return row<MailPause>(
    `select paused_at, coalesce(reason, '') as reason from mail_pause where paused_at is not null`,
  );
}

/** Pauses all sending. The first reason stays until the pause ends. */
export async function pauseMail(reason: string): Promise<void> {
  const paused = await row(
    `update mail_pause set paused_at = now(), reason = $1 where paused_at is null returning paused_at`,
    [reason],
  );
  if (paused) log.error({ reason }, 'the mail server refuses us: no mail is sent until that is mended');
}

/** Lets the worker try the mail server at once, instead of within the minute. */
export function tryMailNow(actor: Actor): Promise<void> {
  return inTransaction(async () => {
    await enqueue('tend-mail', {}, { key: 'tend-mail' });
    await record(actor, { action: 'mail.probed', subject: 'mail', subjectId: 'server' });
  });
}

/** When a mail server last took a mail of ours. */
export async function lastMailTaken(): Promise<Date | null> {
  const last = await row<{ at: Date }>(
    'select sent_at as at from messages where sent_at is not null order by sent_at desc limit 1',
  );
  return last?.at ?? null;
}

export async function endMailPause(): Promise<void> {
  const ended = await rows(
    `update mail_pause set paused_at = null, reason = null where paused_at is not null returning only_row`,
  );
  if (ended.length > 0) log.info('the mail server takes mail again');
}
