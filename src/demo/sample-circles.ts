import { randomUUID } from 'node:crypto';
import type { Group, GroupRole } from '../groups/group.ts';
import { hashOfLink, signLink } from '../links.ts';
import { type Alumnus, grownUpOf } from './sample-households.ts';
import type { Told } from './sample-letters.ts';
import type { Member } from './sample-members.ts';
import { atTheOffice, bytea, DAY, HOUR, type PastEvent, type Row, visitorAt } from './sample-past.ts';

/** The place in a group that an invitation gives. */
export type Place = Readonly<{ groupId: string; role: GroupRole }>;

/** One who joined, by an invitation of the office or by a one-time link of the owner's. */
type Joining = Readonly<{
  groupId: string;
  role: GroupRole;
  member: Member;
  madeAt: Date;
  joinedAt: Date;
  by: Readonly<{ invitationId: string; adminId: string }> | Readonly<{ linkId: string; owner: Member }>;
}>;

const LINK_HOURS = 24;
const BY_INVITATION = 10;
// Of those who belong to no group, one in so many joins each by a link.
const SHARE = 6;
const WAITING = 3;

/** By the name of a group, who belongs to it; `sample-groups.ts` makes them. */
const circles: Readonly<Record<string, (person: Alumnus) => boolean>> = {
  'Alder Hill Chapter': ({ center }) => center === 'Alder Hill',
  'Batch of 2008': ({ batch }) => batch !== null && Math.abs(batch - 2008) <= 4,
};

/** The places that invitations give: to an owner, an admin, and members who belong there. By the invitation's id. */
export function placesOf(groups: readonly Group[], all: readonly Told[]): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const { id: groupId, name } of groups) {
    const belongs = all.filter(({ id, story }) => {
      const person = grownUpOf(story.household);
      return person && !places.has(id) && circles[name]?.(person);
    });
    const joined = belongs.filter(({ story }) => story.ending === 'accepted').slice(0, BY_INVITATION);
    const waiting = belongs.filter(({ story }) => story.ending === 'pending').slice(0, WAITING);
    for (const [rank, { id }] of [...inOrderOfAcceptance(joined), ...waiting].entries())
      places.set(id, { groupId, role: joined.length > rank ? (roles[rank] ?? 'member') : 'member' });
  }
  return places;
}

const roles: readonly GroupRole[] = ['owner', 'admin'];

function inOrderOfAcceptance(list: readonly Told[]): Told[] {
  return [...list].sort((one, other) => Number(one.story.endedAt) - Number(other.story.endedAt));
}

/** Everybody who joined, the earliest first. */
export function joiningsOf(
  places: ReadonlyMap<string, Place>,
  members: readonly Member[],
  adminId: string,
  now: Date,
): Joining[] {
  const byInvitation = members.flatMap((member): Joining[] => {
    const place = places.get(member.told.id);
    const by = { invitationId: member.told.id, adminId };
    return place ? [{ ...place, member, madeAt: member.at, joinedAt: member.at, by }] : [];
  });
  const others = members.filter(({ told, isYoung }) => !places.has(told.id) && !isYoung);
  const owners = byInvitation.filter(({ role }) => role === 'owner');
  const byLink = owners.flatMap(({ groupId, member: owner, joinedAt }, turn) =>
    others
      .filter((_, place) => place % SHARE === turn)
      .flatMap((member, place): Joining[] => {
        const madeAt = new Date(Math.max(member.at.getTime(), joinedAt.getTime()) + (3 + place) * HOUR);
        const by = { linkId: randomUUID(), owner };
        const joining = { groupId, role: 'member' as const, member, madeAt, by };
        return madeAt.getTime() + 5 * HOUR < now.getTime()
          ? [{ ...joining, joinedAt: new Date(madeAt.getTime() + (1 + (place % 4)) * HOUR) }]
          : [];
      }),
  );
  return [...byInvitation, ...byLink].sort((one, other) => Number(one.joinedAt) - Number(other.joinedAt));
}

export function membershipRow({ groupId, role, member, madeAt, joinedAt, by }: Joining, id: string): Row {
  return {
    id,
    group_id: groupId,
    account_id: member.accountId,
    role,
    created_at: madeAt,
    joined_at: joinedAt,
    invited_by: 'owner' in by ? by.owner.accountId : by.adminId,
    link_id: 'linkId' in by ? by.linkId : null,
    token_hash: null,
    expires_at: null,
    invitation_id: 'invitationId' in by ? by.invitationId : null,
  };
}

export function joiningEvents(
  { groupId, role, member, madeAt, joinedAt, by }: Joining,
  membershipId: string,
): PastEvent[] {
  const about = { subject: 'group', subjectId: groupId, actor: 'account' } as const;
  const { accountId, from } = member;
  const how = 'invitationId' in by ? { by: 'invitation', invitationId: by.invitationId } : { by: 'link' };
  const detail = { membershipId, accountId, role, ...how };
  const joined: PastEvent = {
    ...about,
    ...from,
    at: joinedAt,
    accountId,
    action: 'membership.joined',
    detail,
  };
  if (!('owner' in by)) return [joined];
  return [linkMade(by.owner, groupId, membershipId, madeAt), joined];
}

/** A link that an owner made this moment, and that nobody has used yet. */
export function openLink(
  { groupId, member: owner }: Joining,
  id: string,
  madeAt: Date,
): { row: Row; event: PastEvent } {
  const linkId = randomUUID();
  const row = {
    id,
    group_id: groupId,
    account_id: null,
    role: 'member',
    created_at: madeAt,
    joined_at: null,
    invited_by: owner.accountId,
    link_id: linkId,
    token_hash: bytea(hashOfLink(signLink('group', linkId))),
    expires_at: new Date(madeAt.getTime() + DAY),
    invitation_id: null,
  };
  return { row, event: linkMade(owner, groupId, id, madeAt) };
}

function linkMade(owner: Member, groupId: string, membershipId: string, at: Date): PastEvent {
  const about = { subject: 'group', subjectId: groupId, action: 'group.link-made' } as const;
  const { accountId, from } = owner;
  const detail = { membershipId, role: 'member', hours: LINK_HOURS };
  return { ...about, ...visitorAt(0), ip: from.ip, at, actor: 'account', accountId, detail };
}

/** When the office made the groups. */
export function groupEvent(id: string, at: Date, adminId: string): PastEvent {
  const about = { action: 'group.created', subject: 'group', subjectId: id } as const;
  return { ...about, ...atTheOffice(), at, actor: 'account', accountId: adminId };
}
