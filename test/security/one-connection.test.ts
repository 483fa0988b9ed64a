import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { maintainConsents } from '../../src/consents/maintenance.ts';
import { recordExpiries } from '../../src/invitations/expiry.ts';
import { notifyInvitersOfFailures } from '../../src/invitations/inviter-notification.ts';
import { sendInvitationReminders } from '../../src/invitations/reminders.ts';
import { retryWaitingGroupInvitationRequests } from '../../src/invitations/requests/group-invitation-request.ts';
import { listSubjectEvents, recordEvent } from '../../src/platform/audit/audit.ts';
import { database, inSnapshot, inTransaction } from '../../src/platform/db/database.ts';
import { purge } from '../../src/purge.ts';
import { queryRows } from '../support/database.ts';
import { runJobs } from '../support/fixtures.ts';
import { forms } from './forms/forms.ts';

type Pool = { maxSize: number; acquireTimeoutMillis?: number };
const { pool } = (database as unknown as { connectionManager: { pool: Pool } }).connectionManager;

// A query that escapes its transaction waits for a second connection, which never comes.
beforeAll(() => {
  Object.defineProperty(pool, 'maxSize', { value: 1, configurable: true });
});
afterAll(() => {
  Reflect.deleteProperty(pool, 'maxSize');
});

it('a query outside its transaction times out', async () => {
  const escaping = inTransaction(() => database.query('select 1', { transaction: null }));
  await expect(escaping).rejects.toThrow(/timeout/i);
}, 30_000);

it('queries and nested transactions join the outer transaction and roll back with it', async () => {
  const event = { action: 'test.undone', subject: 'mail', subjectId: '1' } as const;
  const undone = inTransaction(async () => {
    await inTransaction(() => recordEvent({ kind: 'system' }, event));
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  expect(await listSubjectEvents('mail', '1')).toEqual([]);
  const nested = await inTransaction(() =>
    inSnapshot(() => inTransaction(() => queryRows('select 1 as one'))),
  );
  expect(nested).toEqual([{ one: 1 }]);
});

describe('with a single connection', () => {
  it.each(Object.entries(forms))('the form %s works', async (_name, open) => {
    await queryRows('delete from rate_limits');
    const { visitor, action, fields } = await open();
    const values = Object.fromEntries(Object.entries(fields).map(([name, [first = '']]) => [name, first]));
    const { status } = await visitor.post(action, values);
    expect(status).toBeLessThan(500);
    await runJobs();
  });

  it.each([
    ['purge', purge],
    ['maintain-consents', maintainConsents],
    ['record-expiries', recordExpiries],
    ['send-invitation-reminders', sendInvitationReminders],
    ['notify-inviters', notifyInvitersOfFailures],
    ['retry-group-invitation-requests', retryWaitingGroupInvitationRequests],
  ])('the job %s works', async (_name, job) => {
    await job();
  });
});
