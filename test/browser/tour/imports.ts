import { importedRecords, pathOf, sent, undone, uploaded } from '../../imports/uploads.ts';
import { queryRows } from '../../support/database.ts';
import { createTestRecord, signInStaff } from '../../support/fixtures.ts';
import type { Visitor } from '../../support/visitor.ts';
import { at, newAddress, press, type Sit, type Stop } from './stop.ts';

const LIST = '/admin/imports';
const NAME = 'Nkrumah-Featherstonehaugh';

/** A file with a row of nearly every status. */
async function records(): Promise<string> {
  const id = await createTestRecord(newAddress());
  const [known] = await queryRows<{ externalId: string }>(
    'select external_id as "externalId" from alumni_members where id = $1',
    [id],
  );
  const added = newAddress();
  const lines = [
    `${known?.externalId},Amma,${NAME},1971`,
    `${added},Efua,Addo,2011`,
    `${added},Efua,Addo,2011`,
  ];
  return [
    'id,first name,last name,batch',
    ...lines,
    'X,Nobody,,',
    `${newAddress()},Kofi,Mensah,2012`,
    '',
  ].join('\n');
}

async function checked(): Promise<{ admin: Visitor; path: string }> {
  const admin = await signInStaff('admin');
  return { admin, path: pathOf(await uploaded(admin, 'alumni', await records())) };
}

async function ofRecords(sit: Sit, rest = '') {
  const { admin, path } = await checked();
  return at(await sit(admin), path + rest);
}

/** An import as it is when the worker has come half the way, or never came. */
async function withFacts(sit: Sit, facts: string) {
  const { admin, path } = await checked();
  await queryRows(`update imports set ${facts} where id = $1 returning id`, [path.split('/').at(-1)]);
  return at(await sit(admin), path);
}

async function done(sit: Sit, rest = '') {
  const admin = await signInStaff('admin');
  const path = pathOf(await importedRecords(admin, await records()));
  return at(await sit(admin), path + rest);
}

const never = 'uploaded_at = null, mapped_at = null, checked_at = null';
const underWay = 'confirmed_at = now(), confirmed_count = 4, imported_count = 2, skipped_count = 1';

/** Files that staff upload. */
export const importStops: readonly Stop[] = [
  [
    'no imports yet',
    async (sit) => {
      await queryRows('delete from imports');
      return at(await sit(await signInStaff('admin')), LIST);
    },
  ],
  [
    'uploading alumni records',
    async (sit) => at(await sit(await signInStaff('admin')), `${LIST}/new?kind=alumni`),
  ],
  ['uploading people', async (sit) => at(await sit(await signInStaff('admin')), `${LIST}/new?kind=invitees`)],
  [
    'uploading nothing',
    async (sit) => press(await at(await sit(await signInStaff('admin')), `${LIST}/new`), 'Upload'),
  ],
  [
    'which column is which',
    async (sit) => {
      const admin = await signInStaff('admin');
      const { path } = await sent(admin, 'alumni', await records());
      return at(await sit(admin), path);
    },
  ],
  [
    'columns with mistakes',
    async (sit) => {
      const page = await ofRecords(sit, '/columns');
      await page.selectOption('[name="columns[external_id]"]', '');
      return press(page, 'Check the rows');
    },
  ],
  ['a file being uploaded', (sit) => withFacts(sit, `${never}, last_received_at = now()`)],
  ['an interrupted upload', (sit) => withFacts(sit, never)],
  ['rows being checked', (sit) => withFacts(sit, 'checked_at = null, checked_count = 3')],
  ['checked records', (sit) => ofRecords(sit)],
  ['checked records, one status', (sit) => ofRecords(sit, '?show=invalid')],
  ['deleting a file', (sit) => ofRecords(sit, '/deletion')],
  [
    'checked people to invite',
    async (sit) => {
      const admin = await signInStaff('admin');
      const page = await uploaded(
        admin,
        'invitees',
        `email,name\n${newAddress()},Amma ${NAME}\nnobody,Kofi\n`,
      );
      return at(await sit(admin), pathOf(page));
    },
  ],
  ['records being imported', (sit) => withFacts(sit, underWay)],
  ['imported records', (sit) => done(sit)],
  ['the list of imports', (sit) => done(sit, '/..')],
  ['undoing an import', (sit) => done(sit, '/undo')],
  ['undoing an import without a reason', async (sit) => press(await done(sit, '/undo'), 'Undo the import')],
  [
    'an import being undone',
    (sit) => withFacts(sit, `${underWay}, finished_at = now(), unfinished_at = now()`),
  ],
  [
    'an import that was undone',
    async (sit) => {
      const admin = await signInStaff('admin');
      const path = pathOf(await importedRecords(admin, await records()));
      await queryRows(`update alumni_members set last_name = 'Sarpong' where last_name = $1`, [NAME]);
      await undone(admin, path);
      return at(await sit(admin), path);
    },
  ],
];
