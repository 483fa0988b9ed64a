import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { inTransaction, queryRow } from '../platform/db/database.ts';
import { enqueue } from '../platform/jobs/queue.ts';
import { normaliseAddress } from '../platform/text/address.ts';
import { Account } from './account.ts';

/** Events per account in 15 minutes: enough to see that it happens, too few to fill the audit. */
const MAX_AUDITED_FAILURES = 3;

/** The address that was entered, and where the request came from. */
export type FailedSignIn = Readonly<{ email: string; ip: string | null; requestId: string | null }>;

/**
 * Queues a job that records a failed sign-in, so that staff can see why someone can't get in. Using a job keeps the
 * response time from revealing whether the address has an account. Each address has at most one queued job.
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

/** The job: records an event if the address has an account and the limit isn't reached. */
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
    if ((recent?.count ?? 0) >= MAX_AUDITED_FAILURES) return;
    const event = { action: 'account.sign-in-failed', subject: 'account', subjectId: account.id } as const;
    await recordEvent({ kind: 'visitor', ip, requestId }, event);
  });
}
