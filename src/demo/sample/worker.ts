import type { JobHelpers } from 'graphile-worker';
import { queryRows } from '../../platform/db/database.ts';
import type { Transport } from '../../platform/mail/outgoing-mail.ts';
import { createTasks } from '../../tasks.ts';

type Job = Readonly<{ id: string; task: string; payload: unknown }>;

/** Addresses that the simulated mail server rejects, permanently or temporarily. */
export type UndeliverableAddresses = Readonly<{ permanent: Set<string>; temporary: Set<string> }>;

/** A worker whose transport only remembers the newest mail to each address. */
export function createSampleWorker({ permanent, temporary }: UndeliverableAddresses) {
  const newest = new Map<string, string>();
  const failed = new Set<string>();
  const transport: Transport = {
    async send({ to, text }) {
      if (permanent.has(to)) throw smtpError(550, `5.1.1 <${to}>: Recipient address rejected: User unknown`);
      if (temporary.has(to))
        throw smtpError(451, '4.3.2 Mailbox server is being moved, please try again later');
      newest.set(to, text);
    },
    close() {},
  };
  const tasks = createTasks(transport);
  // Our tasks don't use the helpers.
  const run = async (task: string, payload: unknown) => tasks[task]?.(payload, {} as JobHelpers);
  return {
    /** The text of the newest mail to an address. */
    newestMail: (to: string) => newest.get(to) ?? '',
    /** Runs the scheduled tasks. */
    async tick(): Promise<void> {
      for (const task of [
        'record-expiries',
        'send-invitation-reminders',
        'maintain-consents',
        'notify-inviters',
      ])
        await run(task, {});
    },
    /** Runs all queued jobs; failed ones only with `retryFailed`. */
    async work({ retryFailed = false } = {}): Promise<void> {
      if (retryFailed) failed.clear();
      for (let last = '0'; ; ) {
        // Not with `runDueJobs`: starting a worker for each step would take minutes.
        const jobs = await queryRows<Job>(
          `select j.id, t.identifier as task, j.payload from graphile_worker._private_jobs j
           join graphile_worker._private_tasks t on t.id = j.task_id where j.id > $1 and j.id <> all($2::bigint[]) order by j.id`,
          [last, [...failed]],
        );
        if (jobs.length === 0) return;
        const done: string[] = [];
        for (const { id, task, payload } of jobs) {
          last = id;
          await run(task, payload).then(
            () => done.push(id),
            () => failed.add(id),
          );
        }
        await queryRows('select from graphile_worker.complete_jobs($1::bigint[])', [done]);
      }
    },
  };
}

export type SampleWorker = ReturnType<typeof createSampleWorker>;

function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(`${responseCode} ${message}`), { responseCode, command: 'RCPT TO' });
}
