import { afterAll, describe, expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { accountAccessOf, hasAccess, listProfileAccess } from '../../src/consents/profile-access.ts';
import { groupRoles } from '../../src/groups/group.ts';
import { generateGroupLink } from '../../src/groups/link.ts';
import { changeMemberRole, leaveGroup, removeMember } from '../../src/groups/membership.ts';
import { closeDatabase } from '../../src/platform/db/database.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { queryRow, queryRows } from '../support/database.ts';
import { createTestAccount, createTestRecord } from '../support/fixtures.ts';
import { createMember, createPerson, createTestGroup, roleOf, suspend } from './group-fixtures.ts';

afterAll(closeDatabase);

const forbidden = { status: 403 };

describe('assigning roles', () => {
  it.each([
    ['owner', ['owner', 'admin', 'member']],
    ['admin', ['member']],
    ['member', []],
  ] as const)('an %s can create links for %j', async (role, allowed) => {
    const groupId = await createTestGroup();
    const creator = await createMember(groupId, role);
    for (const linkRole of groupRoles) {
      const created = generateGroupLink(groupId, { role: linkRole, hours: 24 }, creator.actor);
      if ((allowed as readonly string[]).includes(linkRole))
        expect(await created).toMatchObject({ role: linkRole });
      else await expect(created).rejects.toMatchObject(forbidden);
    }
  });

  it('outsiders, suspended owners and visitors can’t create links', async () => {
    const groupId = await createTestGroup();
    const elsewhere = await createMember(await createTestGroup(), 'owner');
    const nobody = await createPerson();
    const suspended = await createMember(groupId, 'owner');
    await suspend(suspended);
    const actors = [
      elsewhere.actor,
      nobody.actor,
      suspended.actor,
      { kind: 'visitor', ip: null, requestId: null },
    ];
    for (const actor of actors) {
      await expect(
        generateGroupLink(groupId, { role: 'member', hours: 24 }, actor as never),
      ).rejects.toMatchObject(forbidden);
    }
  });

  it.each([
    ['owner', 'owner', 'member', true],
    ['owner', 'member', 'owner', true],
    ['admin', 'member', 'admin', false],
    ['admin', 'owner', 'member', false],
    ['admin', 'admin', 'member', false],
    ['member', 'member', 'admin', false],
  ] as const)('an %s may change an %s into an %s: %s', async (by, from, to, allowed) => {
    const groupId = await createTestGroup();
    await createMember(groupId, 'owner');
    const actor = (await createMember(groupId, by)).actor;
    const target = await createMember(groupId, from);
    const change = changeMemberRole(groupId, target.membershipId, to, actor);
    if (!allowed) await expect(change).rejects.toMatchObject(forbidden);
    else await change;
    expect(await roleOf(groupId, target)).toBe(allowed ? to : from);
  });

  it('doesn’t find members of other groups', async () => {
    const groupId = await createTestGroup();
    const owner = await createMember(groupId, 'owner');
    const stranger = await createMember(await createTestGroup());
    for (const id of [stranger.membershipId, '0', 'x', '9'.repeat(30)]) {
      await expect(removeMember(groupId, id, 'removed', owner.actor)).rejects.toMatchObject({ status: 404 });
      await expect(changeMemberRole(groupId, id, 'member', owner.actor)).rejects.toMatchObject({
        status: 404,
      });
    }
  });
});

describe('the last owner', () => {
  it('can’t leave, be demoted or be removed, even by staff', async () => {
    const groupId = await createTestGroup();
    const owner = await createMember(groupId, 'owner');
    const suspended = await createMember(groupId, 'owner');
    await suspend(suspended);
    const command = { kind: 'command' } as const;
    for (const attempt of [
      leaveGroup(groupId, owner.actor),
      changeMemberRole(groupId, owner.membershipId, 'member', owner.actor),
      removeMember(groupId, owner.membershipId, 'removed', command),
    ]) {
      await expect(attempt).rejects.toMatchObject({ status: 409 });
    }
    expect(await roleOf(groupId, owner)).toBe('owner');
  });

  it('stays, although all owners leave at the same time', async () => {
    const groupId = await createTestGroup();
    const owners = await Promise.all([1, 2, 3, 4].map(() => createMember(groupId, 'owner')));
    const [first, second, third, fourth] = owners;
    if (!first || !second || !third || !fourth) throw new Error('four owners');
    const outcomes = await Promise.allSettled([
      leaveGroup(groupId, first.actor),
      changeMemberRole(groupId, second.membershipId, 'member', second.actor),
      removeMember(groupId, third.membershipId, 'removed', fourth.actor),
      leaveGroup(groupId, fourth.actor),
    ]);
    expect(outcomes.filter(({ status }) => status === 'rejected').length).toBeGreaterThanOrEqual(1);
    const remaining = await queryRows(
      `select 1 from memberships where group_id = $1 and role = 'owner' and removed_at is null`,
      [groupId],
    );
    expect(remaining).toHaveLength(1);
  });
});

describe('access', () => {
  const thisYear = new Date().getUTCFullYear();

  async function hasMemberAccess(accountId: string): Promise<boolean> {
    const found = await queryRow<{ answer: boolean }>('select account_has_access($1) is true as answer', [
      accountId,
    ]);
    return found?.answer ?? false;
  }

  it.each([
    ['an adult by their own statement, without a record', undefined, null],
    ['an adult', thisYear - 40, null],
    ['eighteen this year', thisYear - 18, null],
    ['nineteen this year', thisYear - 19, null],
    ['sixteen without consent', thisYear - 16, null],
    ['sixteen with consent', thisYear - 16, 'granted'],
    ['sixteen with consent withdrawn', thisYear - 16, 'withdrawn'],
    ['ten with consent', thisYear - 10, 'granted'],
    ['of no known age', null, null],
    ['of no known age, with consent', null, 'renewed'],
    ['not born yet', thisYear + 1, 'granted'],
  ] as const)('is the same in the database and in the code for %s', async (_who, yearOfBirth, decision) => {
    const { account: someone } = await createPerson();
    if (yearOfBirth !== undefined) {
      const recordId = await createTestRecord(someone.email, { yearOfBirth });
      const profile = await queryRow<{ id: string }>(
        `insert into profiles (account_id, alumni_member_id, relationship, policy_version)
         values ($1, $2, 'self', 1) returning id`,
        [someone.id, recordId],
      );
      if (decision !== null)
        await queryRows(
          `insert into consents (profile_id, account_id, alumni_member_id, guardian_id, decision, guardian_name,
             guardian_email, authority_stated, disclosure_version, policy_version, expires_at)
           values ($1, $2, $3, gen_random_uuid(), $4::text, 'G', 'g@example.org', true, 1, 1,
             case when $4::text in ('granted', 'renewed') then now() + interval '1 year' end)`,
          [profile?.id, someone.id, recordId, decision],
        );
    }
    await expectSameAccess(someone.id);
  });

  it.each([
    ['nothing', null, null],
    ['an adult’s year', thisYear - 40, null],
    ['eighteen this year', thisYear - 18, null],
    ['nineteen this year', thisYear - 19, null],
    ['a minor’s year', thisYear - 16, null],
    ['a child’s year', thisYear - 9, null],
    ['an adult’s year, held for review', thisYear - 40, 'minors-address'],
  ] as const)(
    'is the same for an account without a record that entered %s',
    async (_what, yearOfBirth, heldForReviewReason) => {
      const { account: someone } = await createPerson();
      const heldForReviewAt = heldForReviewReason && new Date();
      await someone.update({ yearOfBirth, heldForReviewAt, heldForReviewReason });
      await expectSameAccess(someone.id);
    },
  );

  async function expectSameAccess(accountId: string): Promise<void> {
    const found = await Account.findByPk(accountId);
    if (!found) throw new Error('the account is gone');
    const access = accountAccessOf(
      found,
      await listProfileAccess(accountId),
      await readSettings(),
      new Date(),
    );
    expect(await hasMemberAccess(accountId)).toBe(hasAccess(access));
  }

  it('is denied to suspended and unknown accounts', async () => {
    const someone = { account: await createTestAccount('gone@example.org') };
    await suspend(someone);
    expect(await hasMemberAccess(someone.account.id)).toBe(false);
    expect(await hasMemberAccess('0')).toBe(false);
  });
});
