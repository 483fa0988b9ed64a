import {
  createCheckedImport,
  createDraft,
  type Line,
  pathOf,
  peopleAt,
  sendAndRun,
} from '../../campaigns/campaign.ts';
import { queryRows } from '../../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  signInStaff,
  uniqueAddress,
} from '../../support/fixtures.ts';
import type { Visitor } from '../../support/visitor.ts';
import { goTo, type OpenAs, pressButton, type TestPage } from './page.ts';

const LIST = '/admin/campaigns';

/** Recipients of nearly every status. */
async function mixedLines(): Promise<Line[]> {
  const [known, open, member, minor] = [uniqueAddress(), uniqueAddress(), uniqueAddress(), uniqueAddress()];
  await createTestRecord(known);
  await createTestInvitation(open);
  await createTestAccount(member);
  await createTestRecord(minor, { yearOfBirth: new Date().getUTCFullYear() - 15 });
  const emails = [known, open, member, minor, uniqueAddress(), uniqueAddress()];
  return emails.map((email) => ({ email, name: 'Amma Nkrumah-Featherstonehaugh' }));
}

async function draft(lines?: readonly Line[]): Promise<{ admin: Visitor; path: string }> {
  const admin = await signInStaff('admin');
  return { admin, path: pathOf(await createDraft(admin, lines ?? (await mixedLines()))) };
}

async function campaign(openAs: OpenAs, rest = '', lines?: readonly Line[]) {
  const { admin, path } = await draft(lines);
  return goTo(await openAs(admin), path + rest);
}

async function sentCampaign(openAs: OpenAs, rest = '') {
  const { admin, path } = await draft();
  await sendAndRun(admin);
  return goTo(await openAs(admin), path + rest);
}

/** A campaign that the worker has processed in part. */
async function openWithColumns(openAs: OpenAs, facts: string, rest = '') {
  const { admin, path } = await draft();
  await queryRows(`update campaigns set ${facts} where id = $1 returning id`, [path.split('/').at(-1)]);
  return goTo(await openAs(admin), path + rest);
}

async function newCampaign(openAs: OpenAs) {
  const importId = await createCheckedImport(await mixedLines());
  return goTo(await openAs(await signInStaff('admin')), `${LIST}/new?import=${importId}`);
}

const underWay = 'confirmed_at = now(), confirmed_count = 4, invited_count = 2, skipped_count = 1';
const recalled = `${underWay}, finished_at = now(), recalled_at = now(), recall_reason = 'A wrong list'`;

/** Campaigns. */
export const campaignPages: readonly TestPage[] = [
  [
    'no campaign yet',
    async (openAs) => {
      await queryRows('update invitations set campaign_id = null');
      await queryRows('delete from campaigns');
      return goTo(await openAs(await signInStaff('admin')), LIST);
    },
  ],
  ['a new campaign', newCampaign],
  [
    'a new campaign without a name',
    async (openAs) => pressButton(await newCampaign(openAs), 'Create the campaign'),
  ],
  ['recipients being checked', (openAs) => openWithColumns(openAs, 'checked_at = null, checked_count = 3')],
  ['a draft', (openAs) => campaign(openAs)],
  ['a draft filtered by a reason', (openAs) => campaign(openAs, '?reason=open')],
  [
    'a draft without eligible recipients',
    async (openAs) => campaign(openAs, '', (await mixedLines()).slice(1, 3)),
  ],
  [
    'a draft for people who are not on file',
    (openAs) => campaign(openAs, '', peopleAt(`${crypto.randomUUID()}.example.org`, 60)),
  ],
  [
    'a draft that was changed in the meantime',
    async (openAs) => {
      const { admin, path } = await draft();
      const page = await goTo(await openAs(admin), path);
      await admin.open(`${path}/settings`);
      await admin.submit(`${path}/settings`, { message: 'Reunion in May' });
      return pressButton(page, 'Send 4 invitations');
    },
  ],
  ['the settings of a draft', (openAs) => campaign(openAs, '/settings')],
  [
    'the settings of a draft with errors',
    async (openAs) => {
      const page = await campaign(openAs, '/settings');
      await page.fill('[name=validityDays]', '99');
      return pressButton(page, 'Save changes');
    },
  ],
  ['the mail preview of a draft', (openAs) => campaign(openAs, '/preview')],
  ['deleting a draft', (openAs) => campaign(openAs, '/deletion')],
  ['a campaign being sent', (openAs) => openWithColumns(openAs, underWay)],
  ['a sent campaign', (openAs) => sentCampaign(openAs)],
  ['the list of campaigns', (openAs) => sentCampaign(openAs, '/..')],
  ['recalling a campaign', (openAs) => sentCampaign(openAs, '/recall')],
  ['recalling a campaign that is being sent', (openAs) => openWithColumns(openAs, underWay, '/recall')],
  ['a campaign being recalled', (openAs) => openWithColumns(openAs, recalled)],
  [
    'a recalled campaign',
    (openAs) => openWithColumns(openAs, `${recalled}, recalled_count = 2, recall_finished_at = now()`),
  ],
];
