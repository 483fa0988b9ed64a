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

/** A group with an owner, an admin, members, open links and people who came by one. */
async function community(): Promise<Community> {
  const id = await createTestGroup();
  const owner = await createMember(id, 'owner', 'Kofi Mensah');
  const admin = await createMember(id, 'admin', 'Ama Darko-Bonsu of the Northern Harbour');
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

async function asOwner(openAs: OpenAs, path: (one: Community) => string): Promise<Page> {
  const all = await community();
  return goTo(await openAs(await signInAs(all.owner)), `/groups/${all.id}${path(all)}`);
}

async function asAdmin(openAs: OpenAs, path: (one: Community) => string): Promise<Page> {
  const all = await community();
  return goTo(await openAs(await signInStaff('admin')), `/admin/groups/${all.id}${path(all)}`);
}

const memberPath = ({ others }: Community, place: number) => `/members/${others[place]?.membershipId}`;

/** Groups, as members, those who run them, people with a link and the staff see them. */
export const groupPages: readonly TestPage[] = [
  [
    'the own groups, of which there are none',
    async (openAs) => goTo(await openAs(await signedUp()), '/groups'),
  ],
  [
    'the own groups',
    async (openAs) => {
      const { owner } = await community();
      return goTo(await openAs(await signInAs(owner)), '/groups');
    },
  ],
  [
    'a group that nobody has joined yet',
    async (openAs) => {
      const id = await createTestGroup();
      return goTo(await openAs(await signInAs(await createMember(id, 'owner'))), `/groups/${id}`);
    },
  ],
  [
    'a group, as a member sees it',
    async (openAs) => {
      const { id, others } = await community();
      return goTo(await openAs(await signInAs(others[0] as Member)), `/groups/${id}`);
    },
  ],
  ['a group, as its owner sees it', (openAs) => asOwner(openAs, () => '')],
  ['a search in a group that finds nobody', (openAs) => asOwner(openAs, () => '?q=nobody')],
  ['leaving a group', (openAs) => asOwner(openAs, () => '/leaving')],
  ['the links to a group', (openAs) => asOwner(openAs, () => '/links')],
  [
    'the links to a group, of which there are none',
    async (openAs) => {
      const id = await createTestGroup();
      return goTo(await openAs(await signInAs(await createMember(id, 'admin'))), `/groups/${id}/links`);
    },
  ],
  [
    'a link that was made',
    async (openAs) => pressButton(await asOwner(openAs, () => '/links'), 'Make the link'),
  ],
  ['a member, as an owner sees them', (openAs) => asOwner(openAs, (all) => memberPath(all, 0))],
  ['a member who came by a link', (openAs) => asOwner(openAs, (all) => memberPath(all, 2))],
  [
    'a member who was taken out',
    async (openAs) => {
      const all = await community();
      const gone = all.others[2] as Member;
      await removeMember(all.id, gone.membershipId, 'undone', all.owner.actor);
      return goTo(await openAs(await signInAs(all.owner)), `/groups/${all.id}${memberPath(all, 2)}`);
    },
  ],
  [
    'joining a group',
    async (openAs) => {
      const { id, owner } = await community();
      return goTo(await openAs(await signedUp()), (await createLink(id, owner)).url);
    },
  ],
  [
    'joining a group without being signed in',
    async (openAs) => {
      const { id, owner } = await community();
      return goTo(await openAs(), (await createLink(id, owner, 'admin')).url);
    },
  ],
  [
    'a link to a group that has expired',
    async (openAs) => {
      const { id, owner } = await community();
      const old = await createLink(id, owner);
      await expireLink(old);
      return goTo(await openAs(), old.url);
    },
  ],
  [
    'a link to a group that one is in',
    async (openAs) => {
      const { id, owner } = await community();
      return goTo(await openAs(await signInAs(owner)), (await createLink(id, owner)).url);
    },
  ],
  ['inviting into a group', (openAs) => asOwner(openAs, () => '/invitations/new')],
  [
    'inviting into a group with a mistake',
    async (openAs) => {
      const page = await asOwner(openAs, () => '/invitations/new');
      await page.fill('[name=email]', uniqueAddress());
      await pressButton(page, 'Invite');
      await page.fill('[name=email]', 'nobody');
      return pressButton(page, 'Invite');
    },
  ],
  [
    'home, with a group and an invitation into another',
    async (openAs) => {
      const { owner } = await community();
      const other = { id: await createTestGroup(), role: 'admin' } as const;
      await createTestInvitation(owner.account.email, { group: other, message: 'We need your help.' });
      return goTo(await openAs(await signInAs(owner)), '/home');
    },
  ],
  [
    'home, with a link to a group that was opened before',
    async (openAs) => {
      const { id, owner } = await community();
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
    'the groups, as the staff see them',
    async (openAs) => {
      await community();
      return goTo(await openAs(await signInStaff('admin')), '/admin/groups');
    },
  ],
  [
    'a search for groups',
    async (openAs) => goTo(await openAs(await signInStaff('support')), '/admin/groups?q=nothing'),
  ],
  ['creating a group', async (openAs) => goTo(await openAs(await signInStaff('admin')), '/admin/groups/new')],
  [
    'creating a group without a name',
    async (openAs) =>
      pressButton(
        await goTo(await openAs(await signInStaff('admin')), '/admin/groups/new'),
        'Create the group',
      ),
  ],
  [
    'a group that was just created',
    async (openAs) =>
      goTo(await openAs(await signInStaff('admin')), `/admin/groups/${await createTestGroup()}`),
  ],
  ['a group, as the staff see it', (openAs) => asAdmin(openAs, () => '')],
  ['changing a group', (openAs) => asAdmin(openAs, () => '/details')],
  ['archiving a group', (openAs) => asAdmin(openAs, () => '/archival')],
  [
    'an archived group',
    async (openAs) => pressButton(await asAdmin(openAs, () => '/archival'), 'Archive the group'),
  ],
  ['the links to a group, as the staff see them', (openAs) => asAdmin(openAs, () => '/links')],
];
