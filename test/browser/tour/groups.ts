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
import { createTestInvitation, signInStaff } from '../../support/fixtures.ts';
import { at, newAddress, press, type Sit, type Stop, member as signedUp } from './stop.ts';

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

async function asOwner(sit: Sit, path: (one: Community) => string): Promise<Page> {
  const all = await community();
  return at(await sit(await signInAs(all.owner)), `/groups/${all.id}${path(all)}`);
}

async function asAdmin(sit: Sit, path: (one: Community) => string): Promise<Page> {
  const all = await community();
  return at(await sit(await signInStaff('admin')), `/admin/groups/${all.id}${path(all)}`);
}

const memberPath = ({ others }: Community, place: number) => `/members/${others[place]?.membershipId}`;

/** Groups, as members, those who run them, people with a link and the staff see them. */
export const groupStops: readonly Stop[] = [
  ['the own groups, of which there are none', async (sit) => at(await sit(await signedUp()), '/groups')],
  [
    'the own groups',
    async (sit) => {
      const { owner } = await community();
      return at(await sit(await signInAs(owner)), '/groups');
    },
  ],
  [
    'a group that nobody has joined yet',
    async (sit) => {
      const id = await createTestGroup();
      return at(await sit(await signInAs(await createMember(id, 'owner'))), `/groups/${id}`);
    },
  ],
  [
    'a group, as a member sees it',
    async (sit) => {
      const { id, others } = await community();
      return at(await sit(await signInAs(others[0] as Member)), `/groups/${id}`);
    },
  ],
  ['a group, as its owner sees it', (sit) => asOwner(sit, () => '')],
  ['a search in a group that finds nobody', (sit) => asOwner(sit, () => '?q=nobody')],
  ['leaving a group', (sit) => asOwner(sit, () => '/leaving')],
  ['the links to a group', (sit) => asOwner(sit, () => '/links')],
  [
    'the links to a group, of which there are none',
    async (sit) => {
      const id = await createTestGroup();
      return at(await sit(await signInAs(await createMember(id, 'admin'))), `/groups/${id}/links`);
    },
  ],
  ['a link that was made', async (sit) => press(await asOwner(sit, () => '/links'), 'Make the link')],
  ['a member, as an owner sees them', (sit) => asOwner(sit, (all) => memberPath(all, 0))],
  ['a member who came by a link', (sit) => asOwner(sit, (all) => memberPath(all, 2))],
  [
    'a member who was taken out',
    async (sit) => {
      const all = await community();
      const gone = all.others[2] as Member;
      await removeMember(all.id, gone.membershipId, 'undone', all.owner.actor);
      return at(await sit(await signInAs(all.owner)), `/groups/${all.id}${memberPath(all, 2)}`);
    },
  ],
  [
    'joining a group',
    async (sit) => {
      const { id, owner } = await community();
      return at(await sit(await signedUp()), (await createLink(id, owner)).url);
    },
  ],
  [
    'joining a group without being signed in',
    async (sit) => {
      const { id, owner } = await community();
      return at(await sit(), (await createLink(id, owner, 'admin')).url);
    },
  ],
  [
    'a link to a group that has expired',
    async (sit) => {
      const { id, owner } = await community();
      const old = await createLink(id, owner);
      await expireLink(old);
      return at(await sit(), old.url);
    },
  ],
  [
    'a link to a group that one is in',
    async (sit) => {
      const { id, owner } = await community();
      return at(await sit(await signInAs(owner)), (await createLink(id, owner)).url);
    },
  ],
  ['inviting into a group', (sit) => asOwner(sit, () => '/invitations/new')],
  [
    'inviting into a group with a mistake',
    async (sit) => {
      const page = await asOwner(sit, () => '/invitations/new');
      await page.fill('[name=email]', newAddress());
      await press(page, 'Invite');
      await page.fill('[name=email]', 'nobody');
      return press(page, 'Invite');
    },
  ],
  [
    'home, with a group and an invitation into another',
    async (sit) => {
      const { owner } = await community();
      const other = { id: await createTestGroup(), role: 'admin' } as const;
      await createTestInvitation(owner.account.email, { group: other, message: 'We need your help.' });
      return at(await sit(await signInAs(owner)), '/home');
    },
  ],
  [
    'home, with a link to a group that was opened before',
    async (sit) => {
      const { id, owner } = await community();
      const page = await at(
        await sit(await signInAs(await createPerson())),
        (await createLink(id, owner)).url,
      );
      return at(page, '/home');
    },
  ],
  [
    'registering and joining a group',
    async (sit) => {
      const { url } = await createTestInvitation(newAddress(), {
        group: { id: await createTestGroup(), role: 'member' },
      });
      return at(await sit(), url);
    },
  ],
  [
    'the groups, as the staff see them',
    async (sit) => {
      await community();
      return at(await sit(await signInStaff('admin')), '/admin/groups');
    },
  ],
  [
    'a search for groups',
    async (sit) => at(await sit(await signInStaff('support')), '/admin/groups?q=nothing'),
  ],
  ['creating a group', async (sit) => at(await sit(await signInStaff('admin')), '/admin/groups/new')],
  [
    'creating a group without a name',
    async (sit) =>
      press(await at(await sit(await signInStaff('admin')), '/admin/groups/new'), 'Create the group'),
  ],
  [
    'a group that was just created',
    async (sit) => at(await sit(await signInStaff('admin')), `/admin/groups/${await createTestGroup()}`),
  ],
  ['a group, as the staff see it', (sit) => asAdmin(sit, () => '')],
  ['changing a group', (sit) => asAdmin(sit, () => '/details')],
  ['archiving a group', (sit) => asAdmin(sit, () => '/archival')],
  ['an archived group', async (sit) => press(await asAdmin(sit, () => '/archival'), 'Archive the group')],
  ['the links to a group, as the staff see them', (sit) => asAdmin(sit, () => '/links')],
];
