import { markNoRecordNeeded } from '../../../src/alumni/matching/unmatched.ts';
import { mergeRecords, previewMerge } from '../../../src/alumni/merging/merge.ts';
import { queryRows } from '../../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  signInStaff,
} from '../../support/fixtures.ts';
import { at, newAddress, press, type Sit, type Stop } from './stop.ts';

const command = { kind: 'command' } as const;
const young = new Date().getUTCFullYear() - 16;
const LIST = '/admin/alumni';

async function asAdmin(sit: Sit, path: string) {
  return at(await sit(await signInStaff('admin')), path);
}

async function family(): Promise<{ id: string; other: string }> {
  const email = newAddress();
  const id = await createTestRecord(email, { lastName: 'Nkrumah-Featherstonehaugh', yearOfBirth: young });
  const { id: parent } = await createTestAccount(newAddress());
  await queryRows(
    `insert into profiles (account_id, alumni_member_id, relationship, policy_version) values ($1, $2, 'child', 1) returning id`,
    [parent, id],
  );
  await createTestInvitation(email);
  return {
    id,
    other: await createTestRecord(newAddress(), { lastName: 'Nkrumah-Featherstonehaugh', batch: 1971 }),
  };
}

async function record(sit: Sit, rest = '') {
  return asAdmin(sit, `${LIST}/${(await family()).id}${rest}`);
}

async function waiting(): Promise<string> {
  const email = newAddress();
  await createTestRecord(email, { yearOfBirth: young });
  await createTestRecord(newAddress(), { yearOfBirth: null });
  return (await createTestAccount(email, null, 'Amma Owusu')).id;
}

/** The office's register, and accounts without a record. */
export const alumniStops: readonly Stop[] = [
  [
    'the register',
    async (sit) => {
      for (let made = 0; made < 26; made += 1) await createTestRecord(newAddress());
      await queryRows(`update alumni_members set email = null, year_of_birth = null, deceased = true
        where id = (select max(id) from alumni_members)`);
      return asAdmin(sit, LIST);
    },
  ],
  [
    'the register with every filter open, as support sees it',
    async (sit) =>
      at(await sit(await signInStaff('support')), `${LIST}?q=owusu&batch=2002&center=Harbour&sort=-changed`),
  ],
  ['nobody found in the register', (sit) => asAdmin(sit, `${LIST}?q=nobody-at-all&state=merged`)],
  ['last names by two letters', (sit) => asAdmin(sit, `${LIST}?q=Ow`)],
  ['adding a person', (sit) => asAdmin(sit, `${LIST}/new`)],
  [
    'adding a person with mistakes',
    async (sit) => {
      const page = await asAdmin(sit, `${LIST}/new`);
      await page.fill('[name=email]', 'nobody');
      await page.fill('[name=batch]', '02');
      return press(page, 'Add');
    },
  ],
  ['a record', (sit) => record(sit)],
  [
    'a record that was merged away',
    async (sit) => {
      const { id, other } = await family();
      const plan = await previewMerge(id, other);
      const savedAt = { kept: plan.kept.savedAt, other: plan.other.savedAt };
      await mergeRecords(id, other, { fromOther: ['batch'], savedAt }, command);
      return asAdmin(sit, `${LIST}/${other}`);
    },
  ],
  ['editing a record', (sit) => record(sit, '/details')],
  [
    'editing a record that somebody else has saved',
    async (sit) => {
      const page = await record(sit, '/details');
      await queryRows(`update alumni_members set center = 'Hills', updated_at = now()`);
      await page.fill('[name=batch]', '1977');
      return press(page, 'Save');
    },
  ],
  ['making a record inactive', (sit) => record(sit, '/deactivation')],
  ['marking somebody as deceased', (sit) => record(sit, '/death')],
  ['choosing a record to merge', (sit) => record(sit, '/merge')],
  ['no record to merge', (sit) => record(sit, '/merge?q=nobody-at-all')],
  [
    'comparing two records',
    async (sit) => {
      const { id, other } = await family();
      return asAdmin(sit, `${LIST}/${other}/merge/${id}`);
    },
  ],
  [
    'comparing two records that can’t be merged',
    async (sit) => {
      const id = await createTestRecord(newAddress());
      return asAdmin(sit, `${LIST}/${id}/merge/${id}`);
    },
  ],
  [
    'accounts without a record',
    async (sit) => {
      await waiting();
      return asAdmin(sit, `${LIST}/unmatched`);
    },
  ],
  [
    'accounts that need no record',
    async (sit) => {
      await markNoRecordNeeded((await createTestAccount(newAddress())).id, command);
      return asAdmin(sit, `${LIST}/unmatched?show=no-record-needed`);
    },
  ],
  [
    'an account without a record',
    async (sit) => asAdmin(sit, `${LIST}/unmatched/${await waiting()}?q=featherstone`),
  ],
  [
    'an account without a record, as support sees it',
    async (sit) =>
      at(await sit(await signInStaff('support')), `${LIST}/unmatched/${await waiting()}?q=nobody-at-all`),
  ],
  [
    'matching by hand',
    async (sit) => {
      const page = await asAdmin(sit, `${LIST}/unmatched/${await waiting()}`);
      await page
        .getByRole('link', { name: /^Match/ })
        .first()
        .click();
      await page.waitForURL(/match/);
      return page;
    },
  ],
];
