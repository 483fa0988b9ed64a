import { inTransaction, queryRows } from '../platform/db/database.ts';
import { queueMails } from '../platform/mail/messages.ts';
import { readSettings } from '../settings/settings.ts';

type DueReminder = Readonly<{ id: string; email: string; reference: string; linkId: string }>;

const CHUNK_SIZE = 500;
/** No reminder within a day of the invitation mail, so an invitation valid for a day or two may get none. */
const MIN_HOURS_SINCE_SENT = 24;
/** Skips older expiries, in case the worker was down for months. */
const MAX_DAYS_LATE = 7;

// No reminders for shared links, suppressed addresses, addresses blocked by age, or people who said that it isn't their
// school.
const REACHABLE_SQL = `i.bounced_at is null and i.failed_at is null and not i.link_shared
  and not exists (select from suppressions s where s.email = i.email and s.lifted_at is null)
  and not exists (select from invitations d where d.email = i.email and d.age_blocked_at is not null)
  and not exists (select from invitation_requests r where r.invitation_id = i.id and r.kind = 'wrong-school')`;

/** Sends reminders for open invitations, once before and once after they expire, as set in the settings. */
export async function sendInvitationReminders(): Promise<void> {
  const { remindDaysBefore, remindDaysAfter } = await readSettings();
  if (remindDaysBefore > 0) await runInChunks(() => remindBeforeExpiry(remindDaysBefore));
  if (remindDaysAfter > 0) await runInChunks(() => remindAfterExpiry(remindDaysAfter));
}

function remindBeforeExpiry(days: number): Promise<number> {
  return remindChunk(
    'invitation-reminder',
    'reminded_at',
    `i.stage = 1 and i.reminded_at is null and i.expires_at > now()
     and i.expires_at <= now() + make_interval(hours => 24 * $1)
     and i.expires_at - make_interval(hours => 24 * i.validity_days) <= now() - interval '${MIN_HOURS_SINCE_SENT} hours'`,
    days,
  );
}

function remindAfterExpiry(days: number): Promise<number> {
  return remindChunk(
    'invitation-expired',
    'expiry_reminded_at',
    `i.stage = 0 and i.expiry_reminded_at is null and i.expires_at <= now() - make_interval(hours => 24 * $1)
     and i.expires_at > now() - make_interval(hours => 24 * ($1 + ${MAX_DAYS_LATE}))`,
    days,
  );
}

/**
 * Marks one chunk as reminded and queues its mails. Concurrent runs lock different rows. @returns the size of the chunk
 */
async function remindChunk(
  template: string,
  remindedColumn: 'reminded_at' | 'expiry_reminded_at',
  dueSql: string,
  days: number,
): Promise<number> {
  const due = await queryRows<DueReminder>(
    `with due as (
       select i.id, l.id as link_id from invitations i
       join invitation_links l on l.invitation_id = i.id and l.superseded_at is null
       where ${dueSql} and ${REACHABLE_SQL}
       order by i.expires_at, i.id limit ${CHUNK_SIZE} for no key update of i skip locked)
     update invitations i set ${remindedColumn} = now() from due where i.id = due.id
     returning i.id, i.email, i.reference, due.link_id`,
    [days],
  );
  const mails = due.map(({ id, email, reference, linkId }) => ({
    to: email,
    subjectId: linkId,
    reference,
    invitationId: id,
  }));
  await queueMails(template, mails);
  return due.length;
}

async function runInChunks(remindNextChunk: () => Promise<number>): Promise<void> {
  while ((await inTransaction(remindNextChunk)) === CHUNK_SIZE);
}
