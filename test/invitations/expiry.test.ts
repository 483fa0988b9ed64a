import { expect, it } from 'vitest';
import { recordExpiries } from '../../src/invitations/expiry.ts';
import { getInvitation } from '../../src/invitations/invitation.ts';
import { crontab } from '../../src/tasks.ts';
import { duringTransaction } from '../support/concurrent-transaction.ts';
import { queryRow, queryRows } from '../support/database.ts';
import { createTestInvitation, expireInvitation, runJobs } from '../support/fixtures.ts';
import { resend, revoke } from '../support/operations.ts';

const system = { kind: 'system' } as const;

it('records the expiry of open invitations every minute', async () => {
  const { id } = (await createTestInvitation('late@example.org')).invitation;
  const open = (await createTestInvitation('in-time@example.org')).invitation.id;
  const revoked = (await createTestInvitation('revoked@example.org')).invitation.id;
  await revoke(revoked, null, system);
  for (const invitationId of [id, revoked]) await expireInvitation(invitationId);
  expect(crontab).toMatch(/^\* \* \* \* \* record-expiries /m);
  await queryRows(`select graphile_worker.add_job('record-expiries')`);
  await runJobs();
  expect((await getInvitation(id)).expiryRecordedAt).not.toBeNull();
  for (const other of [open, revoked]) expect((await getInvitation(other)).expiryRecordedAt).toBeNull();
});

it('records each expiry once, also concurrently, and again after a resend', async () => {
  const { id } = (await createTestInvitation('once@example.org')).invitation;
  await expireInvitation(id);
  await Promise.all([recordExpiries(), recordExpiries(), recordExpiries()]);
  const first = (await getInvitation(id)).expiryRecordedAt;
  await recordExpiries();
  expect((await getInvitation(id)).expiryRecordedAt).toEqual(first);
  await resend(id, 'mail', system);
  expect((await getInvitation(id)).expiryRecordedAt).toBeNull();
  await expireInvitation(id);
  await recordExpiries();
  expect((await getInvitation(id)).expiryRecordedAt).not.toBeNull();
});

it('processes thousands in chunks, and skips a locked one', async () => {
  await queryRows(
    `insert into invitations (reference, email, validity_days, created_at, expires_at)
     select upper(lpad(to_hex(n), 8, '0')), 'many' || n || '@example.org', 1, now() - interval '3 days',
       now() - interval '2 days' from generate_series(1, 4500) n`,
  );
  const countRemaining = () =>
    queryRow<{ count: number }>(
      `select count(*)::int from invitations where stage = 1 and email like 'many%'`,
    );
  const lockSql = `select 1 from invitations where email = 'many7@example.org' for update`;
  await duringTransaction(lockSql, [], async () => {
    await recordExpiries();
    expect(await countRemaining()).toEqual({ count: 1 });
  });
  await recordExpiries();
  expect(await countRemaining()).toEqual({ count: 0 });
});
