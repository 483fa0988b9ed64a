import { proposeCorrections } from '../../../src/alumni/corrections.ts';
import { markNoRecordNeeded } from '../../../src/alumni/matching/unmatched.ts';
import { mergeRecords, previewMerge } from '../../../src/alumni/merging/merge.ts';
import { createMember } from '../../alumni/members.ts';
import { queryRow, queryRows } from '../../support/database.ts';
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

async function createFamily(): Promise<{ id: string; other: string }> {
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

async function openRecord(openAs: OpenAs, rest = '') {
  return asAdmin(openAs, `${LIST}/${(await createFamily()).id}${rest}`);
}

async function createUnmatchedAccount(): Promise<string> {
  const email = uniqueAddress();
  await createTestRecord(email, { yearOfBirth: young });
  await createTestRecord(uniqueAddress(), { yearOfBirth: null });
  return (await createTestAccount(email, null, 'Amma Owusu')).id;
}

/** The directory, and accounts without a record. */
export const alumniPages: readonly TestPage[] = [
  [
    'the directory',
    async (openAs) => {
      for (let n = 0; n < 26; n += 1) await createTestRecord(uniqueAddress());
      await queryRows(`update alumni_members set email = null, year_of_birth = null, deceased = true
        where id = (select max(id) from alumni_members)`);
      return asAdmin(openAs, LIST);
    },
  ],
  [
    'the directory with every filter, for support',
    async (openAs) =>
      goTo(
        await openAs(await signInStaff('support')),
        `${LIST}?q=owusu&batch=2002&center=Harbour&sort=-changed`,
      ),
  ],
  ['the directory without results', (openAs) => asAdmin(openAs, `${LIST}?q=zzzzzz&state=merged`)],
  ['a search for two letters', (openAs) => asAdmin(openAs, `${LIST}?q=Ow`)],
  ['adding a person', (openAs) => asAdmin(openAs, `${LIST}/new`)],
  [
    'adding a person with errors',
    async (openAs) => {
      const page = await asAdmin(openAs, `${LIST}/new`);
      await page.fill('[name=email]', 'nobody');
      await page.fill('[name=batch]', '02');
      return pressButton(page, 'Add');
    },
  ],
  ['a record', (openAs) => openRecord(openAs)],
  [
    'a merged record',
    async (openAs) => {
      const { id, other } = await createFamily();
      const plan = await previewMerge(id, other);
      const savedAt = { kept: plan.kept.savedAt, other: plan.other.savedAt };
      await mergeRecords(id, other, { fromOther: ['batch'], savedAt }, command);
      return asAdmin(openAs, `${LIST}/${other}`);
    },
  ],
  ['editing a record', (openAs) => openRecord(openAs, '/details')],
  [
    'editing a record that was changed in the meantime',
    async (openAs) => {
      const page = await openRecord(openAs, '/details');
      await queryRows(`update alumni_members set center = 'Hills', updated_at = now()`);
      await page.fill('[name=batch]', '1977');
      return pressButton(page, 'Save changes');
    },
  ],
  ['making a record inactive', (openAs) => openRecord(openAs, '/deactivation')],
  ['marking a person as deceased', (openAs) => openRecord(openAs, '/death')],
  ['choosing a record to merge', (openAs) => openRecord(openAs, '/merge')],
  ['choosing a record to merge, without results', (openAs) => openRecord(openAs, '/merge?q=zzzzzz')],
  [
    'comparing two records',
    async (openAs) => {
      const { id, other } = await createFamily();
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
    'corrections by members, decided without a reason',
    async (openAs) => {
      const accountId = await createMember(uniqueAddress());
      const found = await queryRow<{ id: string }>(
        'select alumni_member_id::text as id from profiles where account_id = $1',
        [accountId],
      );
      const values = { firstName: 'Amma', lastName: 'Boateng', formerName: null, batch: 2003, center: null };
      await proposeCorrections(accountId, found?.id ?? '', values, command);
      const page = await asAdmin(openAs, `${LIST}/corrections`);
      await page.getByRole('checkbox').first().uncheck();
      return pressButton(page, 'Save this decision');
    },
  ],
  [
    'accounts without a record',
    async (openAs) => {
      await createUnmatchedAccount();
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
    async (openAs) => asAdmin(openAs, `${LIST}/unmatched/${await createUnmatchedAccount()}?q=featherstone`),
  ],
  [
    'an account without a record, for support',
    async (openAs) =>
      goTo(
        await openAs(await signInStaff('support')),
        `${LIST}/unmatched/${await createUnmatchedAccount()}?q=zzzzzz`,
      ),
  ],
  [
    'matching an account',
    async (openAs) => {
      const page = await asAdmin(openAs, `${LIST}/unmatched/${await createUnmatchedAccount()}`);
      await page
        .getByRole('link', { name: /^Match/ })
        .first()
        .click();
      await page.waitForURL(/match/);
      return page;
    },
  ],
];
