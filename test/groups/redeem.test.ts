import { afterAll, describe, expect, it } from 'vitest';
import { closeDatabase } from '../../src/database.ts';
import { archiveGroup, reopenGroup } from '../../src/groups/group.ts';
import { redeem } from '../../src/groups/joining.ts';
import { freezeLinks, revokeLink } from '../../src/groups/link.ts';
import { changeRole, leaveGroup, removeMember, restoreMember } from '../../src/groups/membership.ts';
import { hashOfLink } from '../../src/links.ts';
import { row, rows } from '../support/database.ts';
import {
  group,
  link,
  type Member,
  member,
  memberCount,
  outlive,
  person,
  roleOf,
  suspend,
} from './community.ts';

afterAll(closeDatabase);

const command = { kind: 'command' } as const;

async function rowOf(linkId: string) {
  const found = await row<Record<string, unknown>>('select * from memberships where link_id = $1', [linkId]);
  if (!found) throw new Error('no such link');
  return found;
}

describe('a one-time link', () => {
  it('waits as a hash, and becomes a membership without one', async () => {
    const groupId = await group();
    const owner = await member(groupId, 'owner');
    const made = await link(groupId, owner, 'admin');
    const token = new URL(made.url).searchParams.get('token') ?? '';
    expect(token).toHaveLength(66);
    expect(await rowOf(made.linkId)).toMatchObject({
      status: 'PENDING',
      account_id: null,
      token_hash: hashOfLink(token),
      invited_by: owner.account.id,
    });
    const guest = await person();
    const joined = await redeem(made.linkId, groupId, guest.actor);
    expect(joined).toMatchObject({ groupId, accountId: guest.account.id, role: 'admin', status: 'ACTIVE' });
    expect(await rowOf(made.linkId)).toMatchObject({
      status: 'ACTIVE',
      account_id: guest.account.id,
      token_hash: null,
      expires_at: null,
      invited_by: owner.account.id,
      joined_at: expect.any(Date),
    });
  });

  it('lets one in of a hundred who try at once', async () => {
    const groupId = await group();
    const made = await link(groupId, await member(groupId, 'owner'));
    const crowd = await Promise.all([1, 2, 3, 4, 5].map(() => person()));
    const tries = Array.from({ length: 100 }, (_, place) => crowd[place % crowd.length] as Member);
    const outcomes = await Promise.allSettled(tries.map(({ actor }) => redeem(made.linkId, groupId, actor)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect([409, 410]).toContain(outcome.reason.status);
    expect(await memberCount(groupId)).toBe(2);
  });

  it('lets one person in once, although they hold two', async () => {
    const groupId = await group();
    const owner = await member(groupId, 'owner');
    const links = await Promise.all([link(groupId, owner), link(groupId, owner)]);
    const guest = await person();
    const outcomes = await Promise.allSettled(
      links.map(({ linkId }) => redeem(linkId, groupId, guest.actor)),
    );
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const open = await rows('select 1 from memberships where group_id = $1 and token_hash is not null', [
      groupId,
    ]);
    expect(open).toHaveLength(1);
  });

  it('is refused with 404, 400, 410 and 409, and not spent by a member', async () => {
    const groupId = await group();
    const owner = await member(groupId, 'owner');
    const guest = await person();
    const attempt = (linkId: string, into = groupId) => redeem(linkId, into, guest.actor);
    await expect(attempt(crypto.randomUUID())).rejects.toMatchObject({ status: 404 });
    const made = await link(groupId, owner);
    for (const other of [await group(), '0', 'x'])
      await expect(attempt(made.linkId, other)).rejects.toMatchObject({ status: 400 });
    await expect(redeem(made.linkId, groupId, owner.actor)).rejects.toMatchObject({ status: 409 });
    expect(await rowOf(made.linkId)).toMatchObject({ status: 'PENDING', token_hash: expect.anything() });
    await attempt(made.linkId);
    await expect(redeem(made.linkId, groupId, (await person()).actor)).rejects.toMatchObject({ status: 410 });
    const old = await link(groupId, owner);
    await outlive(old);
    await expect(redeem(old.linkId, groupId, (await person()).actor)).rejects.toMatchObject({ status: 410 });
    const revoked = await link(groupId, owner);
    await revokeLink(groupId, String((await rowOf(revoked.linkId)).id), owner.actor);
    await expect(redeem(revoked.linkId, groupId, (await person()).actor)).rejects.toMatchObject({
      status: 410,
    });
    const closed = await link(groupId, owner);
    await archiveGroup(groupId, command);
    await expect(redeem(closed.linkId, groupId, (await person()).actor)).rejects.toMatchObject({
      status: 410,
    });
  });

  const losses: [string, (groupId: string, maker: Member) => Promise<unknown>][] = [
    ['was demoted', (groupId, maker) => changeRole(groupId, maker.membershipId, 'member', command)],
    ['left', (groupId, maker) => leaveGroup(groupId, maker.actor)],
    ['was removed', (groupId, maker) => removeMember(groupId, maker.membershipId, 'removed', command)],
    ['is suspended', (_groupId, maker) => suspend(maker)],
    [
      'is gone',
      (_groupId, maker) => rows('delete from accounts where id = $1 returning id', [maker.account.id]),
    ],
  ];
  it.each(losses)('lets nobody in once its maker %s', async (_how, lose) => {
    const groupId = await group();
    await member(groupId, 'owner');
    const maker = await member(groupId, 'owner');
    const made = await link(groupId, maker, 'member');
    await lose(groupId, maker);
    const guest = await person();
    await expect(redeem(made.linkId, groupId, guest.actor)).rejects.toMatchObject({ status: 410 });
    expect(await roleOf(groupId, guest)).toBeNull();
  });

  it('ends for good when its group is archived, also if that is opened again', async () => {
    const groupId = await group();
    const { linkId } = await link(groupId, await member(groupId, 'owner'));
    await archiveGroup(groupId, command);
    await reopenGroup(groupId, command);
    const guest = await person();
    await expect(redeem(linkId, groupId, guest.actor)).rejects.toThrow('It was taken back on');
  });

  it('twenty groups are reopened at once, more than there are connections', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => group()));
    for (const id of ids) await archiveGroup(id, command);
    const reopened = await Promise.all(ids.map((id) => reopenGroup(id, command)));
    expect(reopened.map(({ archivedAt }) => archivedAt)).toEqual(ids.map(() => null));
  });

  it('gives no more than its maker may give when it is used', async () => {
    const groupId = await group();
    await member(groupId, 'owner');
    const maker = await member(groupId, 'owner');
    const [asAdmin, asMember] = [await link(groupId, maker, 'admin'), await link(groupId, maker, 'member')];
    await changeRole(groupId, maker.membershipId, 'admin', command);
    await expect(redeem(asAdmin.linkId, groupId, (await person()).actor)).rejects.toMatchObject({
      status: 410,
    });
    expect(await redeem(asMember.linkId, groupId, (await person()).actor)).toMatchObject({ role: 'member' });
  });
});

describe('a leak', () => {
  it('is stopped by freezing the links of one maker, or all', async () => {
    const groupId = await group();
    const owner = await member(groupId, 'owner');
    const admin = await member(groupId, 'admin');
    const [leaked, other] = [await link(groupId, admin), await link(groupId, owner)];
    await expect(freezeLinks(groupId, null, admin.actor)).rejects.toMatchObject({ status: 403 });
    expect(await freezeLinks(groupId, admin.account.id, owner.actor)).toBe(1);
    await expect(redeem(leaked.linkId, groupId, (await person()).actor)).rejects.toMatchObject({
      status: 410,
    });
    await redeem(other.linkId, groupId, (await person()).actor);
    await link(groupId, admin);
    expect(await freezeLinks(groupId, null, owner.actor)).toBe(1);
    expect(
      await rows('select 1 from memberships where group_id = $1 and token_hash is not null', [groupId]),
    ).toEqual([]);
    const told = await rows<{ detail: { membershipIds: string[] } }>(
      `select detail from audit_events where action = 'group.links-frozen' and subject_id = $1`,
      [groupId],
    );
    expect(told.map(({ detail }) => detail.membershipIds.length)).toEqual([1, 1]);
  });

  it('is undone and restored, with dated facts', async () => {
    const groupId = await group();
    const owner = await member(groupId, 'owner');
    const made = await link(groupId, owner);
    const guest = await person();
    const { id } = await redeem(made.linkId, groupId, guest.actor);
    await removeMember(groupId, id, 'undone', owner.actor);
    expect(await rowOf(made.linkId)).toMatchObject({ removal: 'undone', removed_by: owner.account.id });
    expect(await roleOf(groupId, guest)).toBeNull();
    await expect(redeem(made.linkId, groupId, guest.actor)).rejects.toMatchObject({ status: 410 });
    await restoreMember(groupId, id, owner.actor);
    expect(await rowOf(made.linkId)).toMatchObject({ removal: null, removed_at: null, removed_by: null });
    expect(await roleOf(groupId, guest)).toBe('member');
    await expect(removeMember(groupId, owner.membershipId, 'undone', command)).rejects.toMatchObject({
      status: 409,
    });
  });

  it('is no way back for whoever left, or is in again', async () => {
    const groupId = await group();
    const owner = await member(groupId, 'owner');
    const gone = await member(groupId);
    await leaveGroup(groupId, gone.actor);
    await expect(restoreMember(groupId, gone.membershipId, owner.actor)).rejects.toMatchObject({
      status: 409,
    });
    const back = await member(groupId);
    await removeMember(groupId, back.membershipId, 'removed', owner.actor);
    await redeem((await link(groupId, owner)).linkId, groupId, back.actor);
    await expect(restoreMember(groupId, back.membershipId, owner.actor)).rejects.toMatchObject({
      status: 409,
    });
  });
});
