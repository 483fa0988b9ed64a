import type { Page } from 'playwright-core';
import { redeemGroupLink } from '../../../src/groups/join-by-link.ts';
import { removeMember } from '../../../src/groups/membership.ts';
import {
  createLink,
  createMember,
  createPerson,
  createTestGroup,
  expireLink,
  type Member,
  signInAs,
} from '../../groups/group-fixtures.ts';
import { createTestInvitation, signInStaff, uniqueAddress } from '../../support/fixtures.ts';
import { goTo, type OpenAs, pressButton, signedInMember as signedUp, type TestPage } from './page.ts';

type Community = Readonly<{ id: string; owner: Member; others: readonly Member[] }>;

/** A group with an owner, an admin, members, open links, and members who joined by link. */
async function createCommunity(): Promise<Community> {
  const id = await createTestGroup();
  const owner = await createMember(id, 'owner', 'Kofi Mensah');
  const admin = await createMember(id, 'admin', 'Ama Darko-Bonsu Northern-Harbour');
  const others = [
    await createMember(id, 'member', 'Esi Owusu'),
    await createMember(id, 'member', 'Yaw Boateng'),
  ];
  for (const creator of [owner, admin]) await createLink(id, creator);
  for (const name of ['Abena Asante', 'Kwame Appiah']) {
    const guest = await createPerson(name);
    const joined = await redeemGroupLink((await createLink(id, owner)).linkId, id, guest.actor);
    others.push({ ...guest, membershipId: joined.id });
  }
  return { id, owner, others: [...others, admin] };
}

async function asOwner(openAs: OpenAs, path: (community: Community) => string): Promise<Page> {
  const community = await createCommunity();
  return goTo(await openAs(await signInAs(community.owner)), `/groups/${community.id}${path(community)}`);
}

async function asAdmin(openAs: OpenAs, path: (community: Community) => string): Promise<Page> {
  const community = await createCommunity();
  return goTo(await openAs(await signInStaff('admin')), `/admin/groups/${community.id}${path(community)}`);
}

const memberPath = ({ others }: Community, place: number) => `/members/${others[place]?.membershipId}`;

/** Groups, for members, owners, people with a link, and staff. */
export const groupPages: readonly TestPage[] = [
  ['a member’s groups, without any', async (openAs) => goTo(await openAs(await signedUp()), '/groups')],
  [
    'a member’s groups',
    async (openAs) => {
      const { owner } = await createCommunity();
      return goTo(await openAs(await signInAs(owner)), '/groups');
    },
  ],
  [
    'a group without members',
    async (openAs) => {
      const id = await createTestGroup();
      return goTo(await openAs(await signInAs(await createMember(id, 'owner'))), `/groups/${id}`);
    },
  ],
  [
    'a group, for a member',
    async (openAs) => {
      const { id, others } = await createCommunity();
      return goTo(await openAs(await signInAs(others[0] as Member)), `/groups/${id}`);
    },
  ],
  ['a group, for its owner', (openAs) => asOwner(openAs, () => '')],
  ['a search in a group without results', (openAs) => asOwner(openAs, () => '?q=nobody')],
  ['leaving a group', (openAs) => asOwner(openAs, () => '/leaving')],
  ['the links to a group', (openAs) => asOwner(openAs, () => '/links')],
  [
    'the links to a group, without any',
    async (openAs) => {
      const id = await createTestGroup();
      return goTo(await openAs(await signInAs(await createMember(id, 'admin'))), `/groups/${id}/links`);
    },
  ],
  ['a new link', async (openAs) => pressButton(await asOwner(openAs, () => '/links'), 'Create a link')],
  ['a member, for an owner', (openAs) => asOwner(openAs, (community) => memberPath(community, 0))],
  ['a member who joined by link', (openAs) => asOwner(openAs, (community) => memberPath(community, 2))],
  [
    'a removed member',
    async (openAs) => {
      const community = await createCommunity();
      const removed = community.others[2] as Member;
      await removeMember(community.id, removed.membershipId, 'undone', community.owner.actor);
      return goTo(
        await openAs(await signInAs(community.owner)),
        `/groups/${community.id}${memberPath(community, 2)}`,
      );
    },
  ],
  [
    'joining a group',
    async (openAs) => {
      const { id, owner } = await createCommunity();
      return goTo(await openAs(await signedUp()), (await createLink(id, owner)).url);
    },
  ],
  [
    'joining a group without being signed in',
    async (openAs) => {
      const { id, owner } = await createCommunity();
      return goTo(await openAs(), (await createLink(id, owner, 'admin')).url);
    },
  ],
  [
    'an expired link to a group',
    async (openAs) => {
      const { id, owner } = await createCommunity();
      const old = await createLink(id, owner);
      await expireLink(old);
      return goTo(await openAs(), old.url);
    },
  ],
  [
    'a link to a group, opened by a member',
    async (openAs) => {
      const { id, owner } = await createCommunity();
      return goTo(await openAs(await signInAs(owner)), (await createLink(id, owner)).url);
    },
  ],
  ['inviting to a group', (openAs) => asOwner(openAs, () => '/invitations/new')],
  [
    'inviting to a group with an error',
    async (openAs) => {
      const page = await asOwner(openAs, () => '/invitations/new');
      await page.fill('[name=email]', uniqueAddress());
      await pressButton(page, 'Invite');
      await page.fill('[name=email]', 'nobody');
      return pressButton(page, 'Invite');
    },
  ],
  [
    'home with a group and an invitation to another',
    async (openAs) => {
      const { owner } = await createCommunity();
      const other = { id: await createTestGroup(), role: 'admin' } as const;
      await createTestInvitation(owner.account.email, { group: other, message: 'We need your help.' });
      return goTo(await openAs(await signInAs(owner)), '/home');
    },
  ],
  [
    'home after opening a link to a group',
    async (openAs) => {
      const { id, owner } = await createCommunity();
      const page = await goTo(
        await openAs(await signInAs(await createPerson())),
        (await createLink(id, owner)).url,
      );
      return goTo(page, '/home');
    },
  ],
  [
    'registering and joining a group',
    async (openAs) => {
      const { url } = await createTestInvitation(uniqueAddress(), {
        group: { id: await createTestGroup(), role: 'member' },
      });
      return goTo(await openAs(), url);
    },
  ],
  [
    'the groups, for staff',
    async (openAs) => {
      await createCommunity();
      return goTo(await openAs(await signInStaff('admin')), '/admin/groups');
    },
  ],
  [
    'a search for groups without results',
    async (openAs) => goTo(await openAs(await signInStaff('support')), '/admin/groups?q=nothing'),
  ],
  ['creating a group', async (openAs) => goTo(await openAs(await signInStaff('admin')), '/admin/groups/new')],
  [
    'creating a group without a name',
    async (openAs) =>
      pressButton(
        await goTo(await openAs(await signInStaff('admin')), '/admin/groups/new'),
        'Create a group',
      ),
  ],
  [
    'a new group',
    async (openAs) =>
      goTo(await openAs(await signInStaff('admin')), `/admin/groups/${await createTestGroup()}`),
  ],
  ['a group, for staff', (openAs) => asAdmin(openAs, () => '')],
  ['changing a group', (openAs) => asAdmin(openAs, () => '/details')],
  ['archiving a group', (openAs) => asAdmin(openAs, () => '/archival')],
  [
    'an archived group',
    async (openAs) => pressButton(await asAdmin(openAs, () => '/archival'), 'Archive the group'),
  ],
  ['the links to a group, for staff', (openAs) => asAdmin(openAs, () => '/links')],
];
