import { describe, expect, it } from 'vitest';
import type { Actor } from '../../src/audit/audit.ts';
import { correctAddress } from '../../src/invitations/correct-address.ts';
import { extend } from '../../src/invitations/extend.ts';
import { openInvitationFor } from '../../src/invitations/invitation.ts';
import {
  type Issued,
  invite,
  inviteOne,
  type NewInvitation,
  type Refused,
} from '../../src/invitations/invite.ts';
import { NotEligible } from '../../src/invitations/not-eligible.ts';
import { resend } from '../../src/invitations/resend.ts';
import { revoke } from '../../src/invitations/revoke.ts';
import { liftAll, suppress } from '../../src/mail/suppressions.ts';
import { account, invited, newAddress, work } from '../support/cast.ts';
import { row, rows } from '../support/database.ts';
import { caughtFor } from '../support/mail.ts';
import { namesOf } from './situations.ts';

const system: Actor = { kind: 'system' };
const given = (email: string, more: Partial<NewInvitation> = {}): NewInvitation => ({
  email,
  message: null,
  validityDays: 7,
  delivery: 'mail',
  ...more,
});
const many = (count: number) => Array.from({ length: count }, () => newAddress());
const refusals = (results: readonly (Issued | Refused)[]) =>
  results.flatMap((one) => (one instanceof NotEligible ? [namesOf(one.reasons)] : []));
const count = async (sql: string, emails: readonly string[]) =>
  (await row<{ count: number }>(`select count(*)::int as count from ${sql}`, [emails]))?.count;
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
      const first = await invited(email);
      const replacing = given(email, { override: ['open'] });
      const results = (await Promise.all([invite([replacing], system), invite([replacing], system)])).flat();
      expect(refusals(results)).toEqual([['open']]);
      expect(await count(open, [email])).toBe(1);
      expect(await count(current, [email])).toBe(2);
      const earlier = await row<{ replaced: string }>(
        'select replaced_by as replaced from invitations where id = $1 and revoked_at is not null',
        [first.invitationId],
      );
      expect(earlier?.replaced).toBe((await openInvitationFor(email))?.id);
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
      const first = await invited(email);
      const member = await account(newAddress());
      const [replaced] = await Promise.allSettled([
        inviteOne(given(email, { override: ['open'] }), system),
        rows(
          `update invitations set accepted_at = now(), accepted_by = $2 where id = $1 and revoked_at is null`,
          [first.invitationId, member.id],
        ),
      ]);
      const states = await rows<{ accepted: boolean; replaced: boolean }>(
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
      rows(
        `select i.validity_days, i.message, i.staff_role, l.delivery, l.requested, m.template, m.delivery as mail,
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
    await work();
    const texts = async (email: string) => (await caughtFor(email)).map(({ subject }) => subject);
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
      await resend([], { delivery: 'mail' }, system),
      await revoke([], null, system),
      await extend([], 3, system),
    ])
      expect(done).toEqual({ done: [], skipped: [] });
    expect(await correctAddress([], system)).toEqual([]);
  });

  it('with the same invitation twice changes it once', async () => {
    const { invitationId: id, email } = await invited(newAddress());
    await resend([id, id], { delivery: 'mail' }, system);
    expect(await count(mails, [email])).toBe(2);
    expect(await count(current, [email])).toBe(1);
    expect((await revoke([id, id], null, system)).done).toHaveLength(1);
    const events = await rows(
      `select 1 from audit_events where action in ('invitation.resent', 'invitation.revoked') and subject_id = $1`,
      [id],
    );
    expect(events).toHaveLength(2);
  });
});

describe('mail that waits', () => {
  it('is not sent when the address is suppressed meanwhile, and is sent again once that is lifted', async () => {
    const { invitationId: id, email } = await invited(newAddress());
    await suppress([{ email: email.toUpperCase(), kind: 'complained' }], system);
    await work();
    expect(await caughtFor(email)).toEqual([]);
    await liftAll(email, ['complained'], 'They called us', system);
    await resend([id], { delivery: 'mail' }, system);
    await work();
    expect(await caughtFor(email)).toHaveLength(1);
  });

  it('of an invitation whose address is corrected goes to the new address only', async () => {
    const [first = '', second = ''] = many(2);
    const { invitationId: id } = await invited(first);
    await correctAddress([{ id, email: second }], system);
    await work();
    expect(await caughtFor(first)).toEqual([]);
    expect(await caughtFor(second)).toHaveLength(1);
  });

  it('of two corrections to one address goes out once', async () => {
    const target = newAddress();
    const ids = [(await invited(newAddress())).invitationId, (await invited(newAddress())).invitationId];
    const results = await Promise.allSettled(
      ids.map((id) => correctAddress([{ id, email: target }], system)),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await count(open, [target])).toBe(1);
  });
});
