import { markNoRecordNeeded } from '../../../src/alumni/matching/unmatched.ts';
import { mergeRecords, previewMerge } from '../../../src/alumni/merging/merge.ts';
import { queryRows } from '../../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  signInStaff,
  uniqueAddress,
} from '../../support/fixtures.ts';
import { goTo, type OpenAs, pressButton, type TestPage } from './page.ts';

const command = { kind: 'command' } as const;
const young = new Date().getUTCFullYear() - 16;
const LIST = '/admin/alumni';

async function asAdmin(openAs: OpenAs, path: string) {
  return goTo(await openAs(await signInStaff('admin')), path);
}

async function family(): Promise<{ id: string; other: string }> {
  const email = uniqueAddress();
  const id = await createTestRecord(email, { lastName: 'Nkrumah-Featherstonehaugh', yearOfBirth: young });
  const { id: parent } = await createTestAccount(uniqueAddress());
  await queryRows(
    `insert into profiles (account_id, alumni_member_id, relationship, policy_version) values ($1, $2, 'child', 1) returning id`,
    [parent, id],
  );
  await createTestInvitation(email);
  return {
    id,
    other: await createTestRecord(uniqueAddress(), { lastName: 'Nkrumah-Featherstonehaugh', batch: 1971 }),
  };
}

async function record(openAs: OpenAs, rest = '') {
  return asAdmin(openAs, `${LIST}/${(await family()).id}${rest}`);
}

async function waiting(): Promise<string> {
  const email = uniqueAddress();
  await createTestRecord(email, { yearOfBirth: young });
  await createTestRecord(uniqueAddress(), { yearOfBirth: null });
  return (await createTestAccount(email, null, 'Amma Owusu')).id;
}

/** The office's register, and accounts without a record. */
export const alumniPages: readonly TestPage[] = [
  [
    'the register',
    async (openAs) => {
      for (let made = 0; made < 26; made += 1) await createTestRecord(uniqueAddress());
      await queryRows(`update alumni_members set email = null, year_of_birth = null, deceased = true
        where id = (select max(id) from alumni_members)`);
      return asAdmin(openAs, LIST);
    },
  ],
  [
    'the register with every filter open, as support sees it',
    async (openAs) =>
      goTo(
        await openAs(await signInStaff('support')),
        `${LIST}?q=owusu&batch=2002&center=Harbour&sort=-changed`,
      ),
  ],
  ['nobody found in the register', (openAs) => asAdmin(openAs, `${LIST}?q=nobody-at-all&state=merged`)],
  ['last names by two letters', (openAs) => asAdmin(openAs, `${LIST}?q=Ow`)],
  ['adding a person', (openAs) => asAdmin(openAs, `${LIST}/new`)],
  [
    'adding a person with mistakes',
    async (openAs) => {
      const page = await asAdmin(openAs, `${LIST}/new`);
      await page.fill('[name=email]', 'nobody');
      await page.fill('[name=batch]', '02');
      return pressButton(page, 'Add');
    },
  ],
  ['a record', (openAs) => record(openAs)],
  [
    'a record that was merged away',
    async (openAs) => {
      const { id, other } = await family();
      const plan = await previewMerge(id, other);
      const savedAt = { kept: plan.kept.savedAt, other: plan.other.savedAt };
      await mergeRecords(id, other, { fromOther: ['batch'], savedAt }, command);
      return asAdmin(openAs, `${LIST}/${other}`);
    },
  ],
  ['editing a record', (openAs) => record(openAs, '/details')],
  [
    'editing a record that somebody else has saved',
    async (openAs) => {
      const page = await record(openAs, '/details');
      await queryRows(`update alumni_members set center = 'Hills', updated_at = now()`);
      await page.fill('[name=batch]', '1977');
      return pressButton(page, 'Save');
    },
  ],
  ['making a record inactive', (openAs) => record(openAs, '/deactivation')],
  ['marking somebody as deceased', (openAs) => record(openAs, '/death')],
  ['choosing a record to merge', (openAs) => record(openAs, '/merge')],
  ['no record to merge', (openAs) => record(openAs, '/merge?q=nobody-at-all')],
  [
    'comparing two records',
    async (openAs) => {
      const { id, other } = await family();
      return asAdmin(openAs, `${LIST}/${other}/merge/${id}`);
    },
  ],
  [
    'comparing two records that can’t be merged',
    async (openAs) => {
      const id = await createTestRecord(uniqueAddress());
      return asAdmin(openAs, `${LIST}/${id}/merge/${id}`);
    },
  ],
  [
    'accounts without a record',
    async (openAs) => {
      await waiting();
      return asAdmin(openAs, `${LIST}/unmatched`);
    },
  ],
  [
    'accounts that need no record',
    async (openAs) => {
      await markNoRecordNeeded((await createTestAccount(uniqueAddress())).id, command);
      return asAdmin(openAs, `${LIST}/unmatched?show=no-record-needed`);
    },
  ],
  [
    'an account without a record',
    async (openAs) => asAdmin(openAs, `${LIST}/unmatched/${await waiting()}?q=featherstone`),
  ],
  [
    'an account without a record, as support sees it',
    async (openAs) =>
      goTo(
        await openAs(await signInStaff('support')),
        `${LIST}/unmatched/${await waiting()}?q=nobody-at-all`,
      ),
  ],
  [
    'matching by hand',
    async (openAs) => {
      const page = await asAdmin(openAs, `${LIST}/unmatched/${await waiting()}`);
      await page
        .getByRole('link', { name: /^Match/ })
        .first()
        .click();
      await page.waitForURL(/match/);
      return page;
    },
  ],
];
