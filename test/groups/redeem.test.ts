import { afterAll, describe, expect, it } from 'vitest';
import { archiveGroup, reopenGroup } from '../../src/groups/group.ts';
import { redeemGroupLink } from '../../src/groups/join-by-link.ts';
import { revokeAllGroupLinks, revokeGroupLink } from '../../src/groups/link.ts';
import { changeMemberRole, leaveGroup, removeMember, restoreMember } from '../../src/groups/membership.ts';
import { hashToken } from '../../src/platform/crypto/signed-links.ts';
import { closeDatabase } from '../../src/platform/db/database.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  createLink,
  createMember,
  createPerson,
  createTestGroup,
  expireLink,
  type Member,
  memberCount,
  roleOf,
  suspend,
} from './group-fixtures.ts';

afterAll(closeDatabase);

const command = { kind: 'command' } as const;

async function rowOf(linkId: string) {
  const found = await queryRow<Record<string, unknown>>('select * from memberships where link_id = $1', [
    linkId,
  ]);
  if (!found) throw new Error('no such link');
  return found;
}

describe('a one-time link', () => {
  it('is stored as a hash, which is deleted on redemption', async () => {
    const groupId = await createTestGroup();
    const owner = await createMember(groupId, 'owner');
    const link = await createLink(groupId, owner, 'admin');
    const token = new URL(link.url).searchParams.get('token') ?? '';
    expect(token).toHaveLength(66);
    expect(await rowOf(link.linkId)).toMatchObject({
      status: 'PENDING',
      account_id: null,
      token_hash: hashToken(token),
      invited_by: owner.account.id,
    });
    const guest = await createPerson();
    const joined = await redeemGroupLink(link.linkId, groupId, guest.actor);
    expect(joined).toMatchObject({ groupId, accountId: guest.account.id, role: 'admin', status: 'ACTIVE' });
    expect(await rowOf(link.linkId)).toMatchObject({
      status: 'ACTIVE',
      account_id: guest.account.id,
      token_hash: null,
      expires_at: null,
      invited_by: owner.account.id,
      joined_at: expect.any(Date),
    });
  });

  it('is redeemed once by a hundred concurrent requests', async () => {
    const groupId = await createTestGroup();
    const link = await createLink(groupId, await createMember(groupId, 'owner'));
    const crowd = await Promise.all([1, 2, 3, 4, 5].map(() => createPerson()));
    const attempts = Array.from({ length: 100 }, (_, index) => crowd[index % crowd.length] as Member);
    const outcomes = await Promise.allSettled(
      attempts.map(({ actor }) => redeemGroupLink(link.linkId, groupId, actor)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect([409, 410]).toContain(outcome.reason.status);
    expect(await memberCount(groupId)).toBe(2);
  });

  it('stays open if the person redeems two at the same time', async () => {
    const groupId = await createTestGroup();
    const owner = await createMember(groupId, 'owner');
    const links = await Promise.all([createLink(groupId, owner), createLink(groupId, owner)]);
    const guest = await createPerson();
    const outcomes = await Promise.allSettled(
      links.map(({ linkId }) => redeemGroupLink(linkId, groupId, guest.actor)),
    );
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const open = await queryRows('select 1 from memberships where group_id = $1 and token_hash is not null', [
      groupId,
    ]);
    expect(open).toHaveLength(1);
  });

  it('is refused with 404, 400, 410 or 409, and stays open after a member’s attempt', async () => {
    const groupId = await createTestGroup();
    const owner = await createMember(groupId, 'owner');
    const guest = await createPerson();
    const attempt = (linkId: string, into = groupId) => redeemGroupLink(linkId, into, guest.actor);
    await expect(attempt(crypto.randomUUID())).rejects.toMatchObject({ status: 404 });
    const link = await createLink(groupId, owner);
    for (const other of [await createTestGroup(), '0', 'x'])
      await expect(attempt(link.linkId, other)).rejects.toMatchObject({ status: 400 });
    await expect(redeemGroupLink(link.linkId, groupId, owner.actor)).rejects.toMatchObject({ status: 409 });
    expect(await rowOf(link.linkId)).toMatchObject({ status: 'PENDING', token_hash: expect.anything() });
    await attempt(link.linkId);
    await expect(redeemGroupLink(link.linkId, groupId, (await createPerson()).actor)).rejects.toMatchObject({
      status: 410,
    });
    const old = await createLink(groupId, owner);
    await expireLink(old);
    await expect(redeemGroupLink(old.linkId, groupId, (await createPerson()).actor)).rejects.toMatchObject({
      status: 410,
    });
    const revoked = await createLink(groupId, owner);
    await revokeGroupLink(groupId, String((await rowOf(revoked.linkId)).id), owner.actor);
    await expect(
      redeemGroupLink(revoked.linkId, groupId, (await createPerson()).actor),
    ).rejects.toMatchObject({
      status: 410,
    });
    const closed = await createLink(groupId, owner);
    await archiveGroup(groupId, command);
    await expect(redeemGroupLink(closed.linkId, groupId, (await createPerson()).actor)).rejects.toMatchObject(
      {
        status: 410,
      },
    );
  });

  const rightsLosses: [string, (groupId: string, creator: Member) => Promise<unknown>][] = [
    ['was demoted', (groupId, creator) => changeMemberRole(groupId, creator.membershipId, 'member', command)],
    ['left', (groupId, creator) => leaveGroup(groupId, creator.actor)],
    ['was removed', (groupId, creator) => removeMember(groupId, creator.membershipId, 'removed', command)],
    ['is suspended', (_groupId, creator) => suspend(creator)],
    [
      'is gone',
      (_groupId, creator) =>
        queryRows('delete from accounts where id = $1 returning id', [creator.account.id]),
    ],
  ];
  it.each(rightsLosses)('can’t be redeemed once its creator %s', async (_reason, loseRights) => {
    const groupId = await createTestGroup();
    await createMember(groupId, 'owner');
    const creator = await createMember(groupId, 'owner');
    const link = await createLink(groupId, creator, 'member');
    await loseRights(groupId, creator);
    const guest = await createPerson();
    await expect(redeemGroupLink(link.linkId, groupId, guest.actor)).rejects.toMatchObject({ status: 410 });
    expect(await roleOf(groupId, guest)).toBeNull();
  });

  it('stays revoked after its group was archived and reopened', async () => {
    const groupId = await createTestGroup();
    const { linkId } = await createLink(groupId, await createMember(groupId, 'owner'));
    await archiveGroup(groupId, command);
    await reopenGroup(groupId, command);
    const guest = await createPerson();
    await expect(redeemGroupLink(linkId, groupId, guest.actor)).rejects.toThrow('It was revoked on');
  });

  it('allows reopening more groups at the same time than there are connections', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => createTestGroup()));
    for (const id of ids) await archiveGroup(id, command);
    const reopened = await Promise.all(ids.map((id) => reopenGroup(id, command)));
    expect(reopened.map(({ archivedAt }) => archivedAt)).toEqual(ids.map(() => null));
  });

  it('gives only a role that its creator may still assign', async () => {
    const groupId = await createTestGroup();
    await createMember(groupId, 'owner');
    const creator = await createMember(groupId, 'owner');
    const [asAdmin, asMember] = [
      await createLink(groupId, creator, 'admin'),
      await createLink(groupId, creator, 'member'),
    ];
    await changeMemberRole(groupId, creator.membershipId, 'admin', command);
    await expect(
      redeemGroupLink(asAdmin.linkId, groupId, (await createPerson()).actor),
    ).rejects.toMatchObject({
      status: 410,
    });
    expect(await redeemGroupLink(asMember.linkId, groupId, (await createPerson()).actor)).toMatchObject({
      role: 'member',
    });
  });
});

describe('a leak', () => {
  it('is contained by revoking the links of one creator, or all', async () => {
    const groupId = await createTestGroup();
    const owner = await createMember(groupId, 'owner');
    const admin = await createMember(groupId, 'admin');
    const [leaked, other] = [await createLink(groupId, admin), await createLink(groupId, owner)];
    await expect(revokeAllGroupLinks(groupId, null, admin.actor)).rejects.toMatchObject({ status: 403 });
    expect(await revokeAllGroupLinks(groupId, admin.account.id, owner.actor)).toBe(1);
    await expect(redeemGroupLink(leaked.linkId, groupId, (await createPerson()).actor)).rejects.toMatchObject(
      {
        status: 410,
      },
    );
    await redeemGroupLink(other.linkId, groupId, (await createPerson()).actor);
    await createLink(groupId, admin);
    expect(await revokeAllGroupLinks(groupId, null, owner.actor)).toBe(1);
    expect(
      await queryRows('select 1 from memberships where group_id = $1 and token_hash is not null', [groupId]),
    ).toEqual([]);
    const events = await queryRows<{ detail: { membershipIds: string[] } }>(
      `select detail from audit_events where action = 'group.links-revoked' and subject_id = $1`,
      [groupId],
    );
    expect(events.map(({ detail }) => detail.membershipIds.length)).toEqual([1, 1]);
  });

  it('leads to removing the member, which can be undone', async () => {
    const groupId = await createTestGroup();
    const owner = await createMember(groupId, 'owner');
    const link = await createLink(groupId, owner);
    const guest = await createPerson();
    const { id } = await redeemGroupLink(link.linkId, groupId, guest.actor);
    await removeMember(groupId, id, 'undone', owner.actor);
    expect(await rowOf(link.linkId)).toMatchObject({
      removal_reason: 'undone',
      removed_by: owner.account.id,
    });
    expect(await roleOf(groupId, guest)).toBeNull();
    await expect(redeemGroupLink(link.linkId, groupId, guest.actor)).rejects.toMatchObject({ status: 410 });
    await restoreMember(groupId, id, owner.actor);
    expect(await rowOf(link.linkId)).toMatchObject({
      removal_reason: null,
      removed_at: null,
      removed_by: null,
    });
    expect(await roleOf(groupId, guest)).toBe('member');
    await expect(removeMember(groupId, owner.membershipId, 'undone', command)).rejects.toMatchObject({
      status: 409,
    });
  });

  it('doesn’t allow restoring someone who left or is a member again', async () => {
    const groupId = await createTestGroup();
    const owner = await createMember(groupId, 'owner');
    const formerMember = await createMember(groupId);
    await leaveGroup(groupId, formerMember.actor);
    await expect(restoreMember(groupId, formerMember.membershipId, owner.actor)).rejects.toMatchObject({
      status: 409,
    });
    const rejoined = await createMember(groupId);
    await removeMember(groupId, rejoined.membershipId, 'removed', owner.actor);
    await redeemGroupLink((await createLink(groupId, owner)).linkId, groupId, rejoined.actor);
    await expect(restoreMember(groupId, rejoined.membershipId, owner.actor)).rejects.toMatchObject({
      status: 409,
    });
  });
});
