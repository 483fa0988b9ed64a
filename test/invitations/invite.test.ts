import { describe, expect, it, vi } from 'vitest';
import { correctAddresses } from '../../src/invitations/correct-address.ts';
import { NotEligible } from '../../src/invitations/eligibility/not-eligible.ts';
import { extendInvitations } from '../../src/invitations/extend.ts';
import { findOpenInvitation } from '../../src/invitations/invitation.ts';
import { invite, inviteOne, type Refusal } from '../../src/invitations/invite.ts';
import type { IssuedInvitation, NewInvitation } from '../../src/invitations/new-invitation.ts';
import { resendInvitations } from '../../src/invitations/resend.ts';
import { revokeInvitations } from '../../src/invitations/revoke.ts';
import type { Actor } from '../../src/platform/audit/audit.ts';
import { pool } from '../../src/platform/db/database.ts';
import { liftSuppressions, suppress } from '../../src/platform/mail/suppressions.ts';
import { queryRow, queryRows } from '../support/database.ts';
import { createTestAccount, createTestInvitation, runJobs, uniqueAddress } from '../support/fixtures.ts';
import { capturedMailsTo } from '../support/mail.ts';
import { namesOf } from './situations.ts';

const system: Actor = { kind: 'system' };
const newInvitation = (email: string, options: Partial<NewInvitation> = {}): NewInvitation => ({
  email,
  message: null,
  validityDays: 7,
  delivery: 'mail',
  ...options,
});
const newAddresses = (count: number) => Array.from({ length: count }, () => uniqueAddress());
const refusedReasons = (results: readonly (IssuedInvitation | Refusal)[]) =>
  results.flatMap((result) => (result instanceof NotEligible ? [namesOf(result.reasons)] : []));
const count = async (sql: string, emails: readonly string[]) =>
  (await queryRow<{ count: number }>(`select count(*)::int as count from ${sql}`, [emails]))?.count;
const openInvitations = `invitations where email = any($1::citext[])
  and accepted_at is null and revoked_at is null and declined_at is null`;
const invitationMails = `messages where template = 'invitation' and recipient = any($1::citext[])`;
const currentLinks = `invitation_links where superseded_at is null and email = any($1::citext[])`;

const WAITING_FOR_A_LOCK = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;

describe('concurrent calls', () => {
  it('invite an address once, and refuse it with “open” once', async () => {
    for (const email of newAddresses(5)) {
      const results = (
        await Promise.all(
          [email, email.toUpperCase()].map((spelling) => invite([newInvitation(spelling)], system)),
        )
      ).flat();
      expect(refusedReasons(results)).toEqual([['open']]);
      expect(await count(openInvitations, [email])).toBe(1);
      expect(await count(invitationMails, [email])).toBe(1);
    }
  });

  it('replace an invitation once, because the second caller has not seen the newer one', async () => {
    for (const email of newAddresses(5)) {
      const first = await createTestInvitation(email);
      const replacing = newInvitation(email, { override: ['open'] });
      // Both have read that it is open, and wait to replace it.
      const lock = await pool.connect();
      await lock.query('begin');
      await lock.query('select from invitations where id = $1 for update', [first.invitationId]);
      const calls = Promise.all([invite([replacing], system), invite([replacing], system)]);
      await vi.waitFor(async () => expect(await queryRows(WAITING_FOR_A_LOCK)).toHaveLength(2), {
        timeout: 10_000,
        interval: 10,
      });
      await lock.query('commit');
      lock.release();
      const results = (await calls).flat();
      expect(refusedReasons(results)).toEqual([['open']]);
      expect(await count(openInvitations, [email])).toBe(1);
      expect(await count(currentLinks, [email])).toBe(2);
      const earlier = await queryRow<{ replaced: string }>(
        'select replaced_by as replaced from invitations where id = $1 and revoked_at is not null',
        [first.invitationId],
      );
      expect(earlier?.replaced).toBe((await findOpenInvitation(email))?.id);
    }
  });

  it('invite the same 300 addresses once each, in any order', async () => {
    const emails = newAddresses(300);
    const lists = [emails, [...emails].reverse()].map((list) => list.map((email) => newInvitation(email)));
    const results = (await Promise.all(lists.map((list) => invite(list, system)))).flat();
    expect(refusedReasons(results)).toEqual(emails.map(() => ['open']));
    expect(await count(openInvitations, emails)).toBe(300);
    expect(await count(invitationMails, emails)).toBe(300);
    expect(await count(currentLinks, emails)).toBe(300);
  });

  it('do not replace an invitation that is being accepted', async () => {
    for (const email of newAddresses(5)) {
      const first = await createTestInvitation(email);
      const member = await createTestAccount(uniqueAddress());
      const [replaced] = await Promise.allSettled([
        inviteOne(newInvitation(email, { override: ['open'] }), system),
        queryRows(
          `update invitations set accepted_at = now(), accepted_by = $2 where id = $1 and revoked_at is null`,
          [first.invitationId, member.id],
        ),
      ]);
      const states = await queryRows<{ accepted: boolean; replaced: boolean }>(
        `select accepted_at is not null as accepted, replaced_by is not null as replaced
         from invitations where id = $1`,
        [first.invitationId],
      );
      expect(states[0]?.accepted).toBe(!states[0]?.replaced);
      expect(replaced.status).toBe('fulfilled');
    }
  });
});

describe('several invitations', () => {
  it('create the same invitations, mails and audit events as single calls', async () => {
    const describeCreated = (emails: readonly string[]) =>
      queryRows(
        `select i.validity_days, i.message, i.staff_role, l.delivery, l.requested_anonymously, m.template, m.delivery_status as mail,
           m.recipient = i.email as to_the_address, m.reference = i.reference as by_reference,
           e.action, e.detail, e.actor
         from invitations i
         join invitation_links l on l.invitation_id = i.id
         join messages m on m.invitation_id = i.id
         join audit_events e on e.subject_type = 'invitation' and e.subject_id = i.id::text
         where i.email = any($1::citext[]) order by array_position($1::citext[], i.email), e.id`,
        [emails],
      );
    const [inOneCall, inSingleCalls] = [newAddresses(3), newAddresses(3)];
    const options = { message: 'See you in May', override: ['typo'] } as const;
    await invite(
      inOneCall.map((email) => newInvitation(email, options)),
      system,
    );
    for (const email of inSingleCalls) await inviteOne(newInvitation(email, options), system);
    expect(await describeCreated(inOneCall)).toEqual(await describeCreated(inSingleCalls));
    expect(await describeCreated(inSingleCalls)).toHaveLength(3);
    await runJobs();
    const subjectsOf = async (email: string) => (await capturedMailsTo(email)).map(({ subject }) => subject);
    expect(await Promise.all(inOneCall.map(subjectsOf))).toEqual(
      await Promise.all(inSingleCalls.map(subjectsOf)),
    );
  });

  it('send a repeated address once in any case, and continue after a refusal', async () => {
    const [email = '', bouncedEmail = '', otherEmail = ''] = newAddresses(3);
    await suppress([{ email: bouncedEmail, kind: 'bounced' }], system);
    const results = await invite(
      [email, bouncedEmail, email.toUpperCase(), otherEmail].map((address) => newInvitation(address)),
      system,
    );
    expect(results.map((result) => (result instanceof Error ? 'refused' : result.email))).toEqual([
      email,
      'refused',
      'refused',
      otherEmail,
    ]);
    expect(refusedReasons(results)).toEqual([['bounced'], ['open']]);
    expect(await count(invitationMails, [email, bouncedEmail, otherEmail])).toBe(2);
  });

  it('may be none', async () => {
    expect(await invite([], system)).toEqual([]);
    for (const result of [
      await resendInvitations([], { delivery: 'mail' }, system),
      await revokeInvitations([], null, system),
      await extendInvitations([], 3, system),
    ])
      expect(result).toEqual({ done: [], skipped: [] });
    expect(await correctAddresses([], system)).toEqual([]);
  });

  it('change a repeated invitation once', async () => {
    const { invitationId: id, email } = await createTestInvitation(uniqueAddress());
    await resendInvitations([id, id], { delivery: 'mail' }, system);
    expect(await count(invitationMails, [email])).toBe(2);
    expect(await count(currentLinks, [email])).toBe(1);
    expect((await revokeInvitations([id, id], null, system)).done).toHaveLength(1);
    const events = await queryRows(
      `select 1 from audit_events where action in ('invitation.resent', 'invitation.revoked') and subject_id = $1`,
      [id],
    );
    expect(events).toHaveLength(2);
  });
});

describe('queued mail', () => {
  it('is dropped when the address is suppressed, and can be resent after that is lifted', async () => {
    const { invitationId: id, email } = await createTestInvitation(uniqueAddress());
    await suppress([{ email: email.toUpperCase(), kind: 'complained' }], system);
    await runJobs();
    expect(await capturedMailsTo(email)).toEqual([]);
    await liftSuppressions(email, ['complained'], 'They called us', system);
    await resendInvitations([id], { delivery: 'mail' }, system);
    await runJobs();
    expect(await capturedMailsTo(email)).toHaveLength(1);
  });

  it('goes to the corrected address only', async () => {
    const [firstEmail = '', correctedEmail = ''] = newAddresses(2);
    const { invitationId: id } = await createTestInvitation(firstEmail);
    await correctAddresses([{ id, email: correctedEmail }], system);
    await runJobs();
    expect(await capturedMailsTo(firstEmail)).toEqual([]);
    expect(await capturedMailsTo(correctedEmail)).toHaveLength(1);
  });

  it('is sent once after two corrections to the same address', async () => {
    const target = uniqueAddress();
    const ids = [
      (await createTestInvitation(uniqueAddress())).invitationId,
      (await createTestInvitation(uniqueAddress())).invitationId,
    ];
    const results = await Promise.allSettled(
      ids.map((id) => correctAddresses([{ id, email: target }], system)),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await count(openInvitations, [target])).toBe(1);
  });
});
