import { expect, it } from 'vitest';
import { noteExpiries } from '../../src/invitations/expiry.ts';
import { invitationById } from '../../src/invitations/invitation.ts';
import { crontab } from '../../src/tasks.ts';
import { expire, invited, work } from '../support/cast.ts';
import { row, rows } from '../support/database.ts';
import { meanwhile } from '../support/meanwhile.ts';
import { resend, revoke } from '../support/operations.ts';

const system = { kind: 'system' } as const;

it('the worker notes expiries each minute, of open invitations only', async () => {
  const { id } = (await invited('late@example.org')).invitation;
  const open = (await invited('in-time@example.org')).invitation.id;
  const revoked = (await invited('revoked@example.org')).invitation.id;
  await revoke(revoked, null, system);
  for (const one of [id, revoked]) await expire(one);
  expect(crontab).toMatch(/^\* \* \* \* \* note-expiries /m);
  await rows(`select graphile_worker.add_job('note-expiries')`);
  await work();
  expect((await invitationById(id)).expiryNotedAt).not.toBeNull();
  for (const other of [open, revoked]) expect((await invitationById(other)).expiryNotedAt).toBeNull();
});

it('notes each once, whoever else does it at the same moment, and again after a renewal', async () => {
  const { id } = (await invited('once@example.org')).invitation;
  await expire(id);
  await Promise.all([noteExpiries(), noteExpiries(), noteExpiries()]);
  const first = (await invitationById(id)).expiryNotedAt;
  await noteExpiries();
  expect((await invitationById(id)).expiryNotedAt).toEqual(first);
  await resend(id, 'mail', system);
  expect((await invitationById(id)).expiryNotedAt).toBeNull();
  await expire(id);
  await noteExpiries();
  expect((await invitationById(id)).expiryNotedAt).not.toBeNull();
});

it('goes through thousands in chunks, and past one that somebody else holds', async () => {
  await rows(
    `insert into invitations (reference, email, validity_days, created_at, expires_at)
     select upper(lpad(to_hex(n), 8, '0')), 'many' || n || '@example.org', 1, now() - interval '3 days',
       now() - interval '2 days' from generate_series(1, 4500) n`,
  );
  const left = () =>
    row<{ count: number }>(`select count(*)::int from invitations where stage = 1 and email like 'many%'`);
  const held = `select 1 from invitations where email = 'many7@example.org' for update`;
  await meanwhile(held, [], async () => {
    await noteExpiries();
    expect(await left()).toEqual({ count: 1 });
  });
  await noteExpiries();
  expect(await left()).toEqual({ count: 0 });
});
