import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { inTransaction, queryRow } from '../platform/db/database.ts';
import { enqueue } from '../platform/jobs/queue.ts';
import { normaliseAddress } from '../platform/text/address.ts';
import { Account } from './account.ts';

/** Events of one account in a quarter of an hour: enough to see that it happens, too few to fill the audit. */
const MAX_EVENTS = 3;

/** A sign-in that failed: with which address, and from where. */
export type FailedSignIn = Readonly<{ email: string; ip: string | null; requestId: string | null }>;

/**
 * Takes note of a sign-in that failed, so that staff can tell why somebody can't get in. All the work is a job's: the
 * answer and its time don't tell whether the address has an account. Of one address only the last waits.
 */
export async function queueFailedSignIn(typed: string, visitor: Actor): Promise<void> {
  const email = normaliseAddress(typed);
  if (email === null) return;
  const { ip, requestId } = 'ip' in visitor ? visitor : { ip: null, requestId: null };
  await inTransaction(() =>
    enqueue(
      'record-failed-sign-in',
      { email, ip, requestId },
      {
        key: `failed-sign-in:${email.toLowerCase()}`,
      },
    ),
  );
}

/** The job: an event of the account, if the address has one, a few in a quarter of an hour at most. */
export function recordFailedSignIn({ email, ip, requestId }: FailedSignIn): Promise<void> {
  return inTransaction(async () => {
    const account = await Account.findOne({ where: { email }, lock: true });
    if (!account) return;
    const recent = await queryRow<{ count: number }>(
      `select count(*)::int as count from audit_events
       where subject_type = 'account' and subject_id = $1 and action = 'account.sign-in-failed'
         and at > now() - interval '15 minutes'`,
      [account.id],
    );
    if ((recent?.count ?? 0) >= MAX_EVENTS) return;
    const event = { action: 'account.sign-in-failed', subject: 'account', subjectId: account.id } as const;
    await recordEvent({ kind: 'visitor', ip, requestId }, event);
  });
}
