import { describe, expect, it } from 'vitest';
import { correctAddresses } from '../../src/invitations/correct-address.ts';
import { NotEligible } from '../../src/invitations/eligibility/not-eligible.ts';
import { extendInvitations } from '../../src/invitations/extend.ts';
import { findOpenInvitation } from '../../src/invitations/invitation.ts';
import { invite, inviteOne, type Refusal } from '../../src/invitations/invite.ts';
import type { IssuedInvitation, NewInvitation } from '../../src/invitations/new-invitation.ts';
import { resendInvitations } from '../../src/invitations/resend.ts';
import { revokeInvitations } from '../../src/invitations/revoke.ts';
import type { Actor } from '../../src/platform/audit/audit.ts';
import { liftSuppressions, suppress } from '../../src/platform/mail/suppressions.ts';
import { queryRow, queryRows } from '../support/database.ts';
import { createTestAccount, createTestInvitation, runJobs, uniqueAddress } from '../support/fixtures.ts';
import { capturedMailsTo } from '../support/mail.ts';
import { namesOf } from './situations.ts';

const system: Actor = { kind: 'system' };
const given = (email: string, more: Partial<NewInvitation> = {}): NewInvitation => ({
  email,
  message: null,
  validityDays: 7,
  delivery: 'mail',
  ...more,
});
const many = (count: number) => Array.from({ length: count }, () => uniqueAddress());
const refusals = (results: readonly (IssuedInvitation | Refusal)[]) =>
  results.flatMap((one) => (one instanceof NotEligible ? [namesOf(one.reasons)] : []));
const count = async (sql: string, emails: readonly string[]) =>
  (await queryRow<{ count: number }>(`select count(*)::int as count from ${sql}`, [emails]))?.count;
const open = `invitations where email = any($1::citext[])
  and accepted_at is null and revoked_at is null and declined_at is null`;
const mails = `messages where template = 'invitation' and recipient = any($1::citext[])`;
const current = `invitation_links where superseded_at is null and email = any($1::citext[])`;

describe('two at the same moment', () => {
  it('invite one address once: the other is told of the open invitation', async () => {
    for (const email of many(5)) {
      const results = (
        await Promise.all([email, email.toUpperCase()].map((spelling) => invite([given(spelling)], system)))
      ).flat();
      expect(refusals(results)).toEqual([['open']]);
      expect(await count(open, [email])).toBe(1);
      expect(await count(mails, [email])).toBe(1);
    }
  });

  it('replace one invitation once: the other has not seen the newer one', async () => {
    for (const email of many(5)) {
      const first = await createTestInvitation(email);
      const replacing = given(email, { override: ['open'] });
      const results = (await Promise.all([invite([replacing], system), invite([replacing], system)])).flat();
      expect(refusals(results)).toEqual([['open']]);
      expect(await count(open, [email])).toBe(1);
      expect(await count(current, [email])).toBe(2);
      const earlier = await queryRow<{ replaced: string }>(
        'select replaced_by as replaced from invitations where id = $1 and revoked_at is not null',
        [first.invitationId],
      );
      expect(earlier?.replaced).toBe((await findOpenInvitation(email))?.id);
    }
  });

  it('invite the same 300 addresses in any order once each', async () => {
    const emails = many(300);
    const lists = [emails, [...emails].reverse()].map((list) => list.map((email) => given(email)));
    const results = (await Promise.all(lists.map((list) => invite(list, system)))).flat();
    expect(refusals(results)).toEqual(emails.map(() => ['open']));
    expect(await count(open, emails)).toBe(300);
    expect(await count(mails, emails)).toBe(300);
    expect(await count(current, emails)).toBe(300);
  });

  it('replace an invitation and accept it: whoever accepted is not invited again', async () => {
    for (const email of many(5)) {
      const first = await createTestInvitation(email);
      const member = await createTestAccount(uniqueAddress());
      const [replaced] = await Promise.allSettled([
        inviteOne(given(email, { override: ['open'] }), system),
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

describe('an array', () => {
  it('makes the same invitations, mails and audit as one after the other', async () => {
    const made = (emails: readonly string[]) =>
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
    const [together, apart] = [many(3), many(3)];
    const more = { message: 'See you in May', override: ['typo'] } as const;
    await invite(
      together.map((email) => given(email, more)),
      system,
    );
    for (const email of apart) await inviteOne(given(email, more), system);
    expect(await made(together)).toEqual(await made(apart));
    expect(await made(apart)).toHaveLength(3);
    await runJobs();
    const texts = async (email: string) => (await capturedMailsTo(email)).map(({ subject }) => subject);
    expect(await Promise.all(together.map(texts))).toEqual(await Promise.all(apart.map(texts)));
  });

  it('sends a repeated address once, in whatever case, and goes on after one that is refused', async () => {
    const [email = '', stopped = '', other = ''] = many(3);
    await suppress([{ email: stopped, kind: 'bounced' }], system);
    const results = await invite(
      [email, stopped, email.toUpperCase(), other].map((one) => given(one)),
      system,
    );
    expect(results.map((one) => (one instanceof Error ? 'refused' : one.email))).toEqual([
      email,
      'refused',
      'refused',
      other,
    ]);
    expect(refusals(results)).toEqual([['bounced'], ['open']]);
    expect(await count(mails, [email, stopped, other])).toBe(2);
  });

  it('is nothing when it is empty', async () => {
    expect(await invite([], system)).toEqual([]);
    for (const done of [
      await resendInvitations([], { delivery: 'mail' }, system),
      await revokeInvitations([], null, system),
      await extendInvitations([], 3, system),
    ])
      expect(done).toEqual({ done: [], skipped: [] });
    expect(await correctAddresses([], system)).toEqual([]);
  });

  it('with the same invitation twice changes it once', async () => {
    const { invitationId: id, email } = await createTestInvitation(uniqueAddress());
    await resendInvitations([id, id], { delivery: 'mail' }, system);
    expect(await count(mails, [email])).toBe(2);
    expect(await count(current, [email])).toBe(1);
    expect((await revokeInvitations([id, id], null, system)).done).toHaveLength(1);
    const events = await queryRows(
      `select 1 from audit_events where action in ('invitation.resent', 'invitation.revoked') and subject_id = $1`,
      [id],
    );
    expect(events).toHaveLength(2);
  });
});

describe('mail that waits', () => {
  it('is not sent when the address is suppressed meanwhile, and is sent again once that is lifted', async () => {
    const { invitationId: id, email } = await createTestInvitation(uniqueAddress());
    await suppress([{ email: email.toUpperCase(), kind: 'complained' }], system);
    await runJobs();
    expect(await capturedMailsTo(email)).toEqual([]);
    await liftSuppressions(email, ['complained'], 'They called us', system);
    await resendInvitations([id], { delivery: 'mail' }, system);
    await runJobs();
    expect(await capturedMailsTo(email)).toHaveLength(1);
  });

  it('of an invitation whose address is corrected goes to the new address only', async () => {
    const [first = '', second = ''] = many(2);
    const { invitationId: id } = await createTestInvitation(first);
    await correctAddresses([{ id, email: second }], system);
    await runJobs();
    expect(await capturedMailsTo(first)).toEqual([]);
    expect(await capturedMailsTo(second)).toHaveLength(1);
  });

  it('of two corrections to one address goes out once', async () => {
    const target = uniqueAddress();
    const ids = [
      (await createTestInvitation(uniqueAddress())).invitationId,
      (await createTestInvitation(uniqueAddress())).invitationId,
    ];
    const results = await Promise.allSettled(
      ids.map((id) => correctAddresses([{ id, email: target }], system)),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await count(open, [target])).toBe(1);
  });
});
