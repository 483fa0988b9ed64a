import { checkedImport, drafted, type Line, pathOf, people, sent } from '../../campaigns/campaign.ts';
import { queryRows } from '../../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  signInStaff,
} from '../../support/fixtures.ts';
import type { Visitor } from '../../support/visitor.ts';
import { at, newAddress, press, type Sit, type Stop } from './stop.ts';

const LIST = '/admin/campaigns';

/** People of nearly every status. */
async function mixedLines(): Promise<Line[]> {
  const [known, open, member, minor] = [newAddress(), newAddress(), newAddress(), newAddress()];
  await createTestRecord(known);
  await createTestInvitation(open);
  await createTestAccount(member);
  await createTestRecord(minor, { yearOfBirth: new Date().getUTCFullYear() - 15 });
  const emails = [known, open, member, minor, newAddress(), newAddress()];
  return emails.map((email) => ({ email, name: 'Amma Nkrumah-Featherstonehaugh' }));
}

async function draft(lines?: readonly Line[]): Promise<{ admin: Visitor; path: string }> {
  const admin = await signInStaff('admin');
  return { admin, path: pathOf(await drafted(admin, lines ?? (await mixedLines()))) };
}

async function campaign(sit: Sit, rest = '', lines?: readonly Line[]) {
  const { admin, path } = await draft(lines);
  return at(await sit(admin), path + rest);
}

async function sentCampaign(sit: Sit, rest = '') {
  const { admin, path } = await draft();
  await sent(admin);
  return at(await sit(admin), path + rest);
}

/** A campaign whose worker has come half the way. */
async function halfway(sit: Sit, facts: string, rest = '') {
  const { admin, path } = await draft();
  await queryRows(`update campaigns set ${facts} where id = $1 returning id`, [path.split('/').at(-1)]);
  return at(await sit(admin), path + rest);
}

async function newCampaign(sit: Sit) {
  const importId = await checkedImport(await mixedLines());
  return at(await sit(await signInStaff('admin')), `${LIST}/new?import=${importId}`);
}

const underWay = 'confirmed_at = now(), confirmed_count = 4, invited_count = 2, skipped_count = 1';
const recalled = `${underWay}, finished_at = now(), recalled_at = now(), recall_reason = 'A wrong list'`;

/** Inviting many people. */
export const campaignStops: readonly Stop[] = [
  [
    'no campaign yet',
    async (sit) => {
      await queryRows('update invitations set campaign_id = null');
      await queryRows('delete from campaigns');
      return at(await sit(await signInStaff('admin')), LIST);
    },
  ],
  ['a new campaign', newCampaign],
  ['a new campaign without a name', async (sit) => press(await newCampaign(sit), 'Create the draft')],
  ['recipients being checked', (sit) => halfway(sit, 'checked_at = null, checked_count = 3')],
  ['a draft', (sit) => campaign(sit)],
  ['a draft, one reason', (sit) => campaign(sit, '?reason=open')],
  ['a draft, nobody to invite', async (sit) => campaign(sit, '', (await mixedLines()).slice(1, 3))],
  ['a draft for strangers', (sit) => campaign(sit, '', people(`${crypto.randomUUID()}.example.org`, 60))],
  [
    'a draft that has changed',
    async (sit) => {
      const { admin, path } = await draft();
      const page = await at(await sit(admin), path);
      await admin.open(`${path}/settings`);
      await admin.submit(`${path}/settings`, { message: 'See you in May' });
      return press(page, 'Send 4 invitations');
    },
  ],
  ['the settings of a draft', (sit) => campaign(sit, '/settings')],
  [
    'settings with mistakes',
    async (sit) => {
      const page = await campaign(sit, '/settings');
      await page.fill('[name=validityDays]', '99');
      return press(page, 'Save');
    },
  ],
  ['the mail of a draft', (sit) => campaign(sit, '/preview')],
  ['deleting a draft', (sit) => campaign(sit, '/deletion')],
  ['a campaign being sent', (sit) => halfway(sit, underWay)],
  ['a campaign that was sent', (sit) => sentCampaign(sit)],
  ['the list of campaigns', (sit) => sentCampaign(sit, '/..')],
  ['recalling a campaign', (sit) => sentCampaign(sit, '/recall')],
  ['recalling a campaign that is being sent', (sit) => halfway(sit, underWay, '/recall')],
  ['a campaign being recalled', (sit) => halfway(sit, recalled)],
  [
    'a campaign that was recalled',
    (sit) => halfway(sit, `${recalled}, recalled_count = 2, recall_finished_at = now()`),
  ],
];
