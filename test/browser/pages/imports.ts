import { importRecordFile, pathOf, undoAndRun, uploadAndCheck, uploadFile } from '../../imports/uploads.ts';
import { queryRows } from '../../support/database.ts';
import { createTestRecord, signInStaff, uniqueAddress } from '../../support/fixtures.ts';
import type { Visitor } from '../../support/visitor.ts';
import { goTo, type OpenAs, pressButton, type TestPage } from './page.ts';

const LIST = '/admin/imports';
const NAME = 'Nkrumah-Featherstonehaugh';

/** A file with rows of nearly every status. */
async function records(): Promise<string> {
  const id = await createTestRecord(uniqueAddress());
  const [known] = await queryRows<{ externalId: string }>(
    'select external_id as "externalId" from alumni_members where id = $1',
    [id],
  );
  const added = uniqueAddress();
  const lines = [
    `${known?.externalId},Amma,${NAME},1971,05/12/1953,`,
    `${added},Efua,Addo,2010-11,,efua@notes.example.org`,
    `${added},Efua,Addo,2011,,`,
  ];
  return [
    'id,first name,last name,batch,birth date,notes',
    ...lines,
    'X,Nobody,,,,',
    `${uniqueAddress()},Kofi,Mensah,2012,,`,
    '',
  ].join('\n');
}

async function checked(): Promise<{ admin: Visitor; path: string }> {
  const admin = await signInStaff('admin');
  return { admin, path: pathOf(await uploadAndCheck(admin, 'alumni', await records())) };
}

async function ofRecords(openAs: OpenAs, rest = '') {
  const { admin, path } = await checked();
  return goTo(await openAs(admin), path + rest);
}

/** An import that the worker has not processed, or only in part. */
async function withFacts(openAs: OpenAs, facts: string) {
  const { admin, path } = await checked();
  await queryRows(`update imports set ${facts} where id = $1 returning id`, [path.split('/').at(-1)]);
  return goTo(await openAs(admin), path);
}

async function done(openAs: OpenAs, rest = '') {
  const admin = await signInStaff('admin');
  const path = pathOf(await importRecordFile(admin, await records()));
  return goTo(await openAs(admin), path + rest);
}

const never = 'uploaded_at = null, mapped_at = null, checked_at = null';
const underWay = 'confirmed_at = now(), confirmed_count = 4, imported_count = 2, skipped_count = 1';

/** Imports. */
export const importPages: readonly TestPage[] = [
  [
    'no imports yet',
    async (openAs) => {
      await queryRows('delete from imports');
      return goTo(await openAs(await signInStaff('admin')), LIST);
    },
  ],
  [
    'uploading alumni records',
    async (openAs) => goTo(await openAs(await signInStaff('admin')), `${LIST}/new?kind=alumni`),
  ],
  [
    'uploading people',
    async (openAs) => goTo(await openAs(await signInStaff('admin')), `${LIST}/new?kind=invitees`),
  ],
  [
    'uploading without a file',
    async (openAs) =>
      pressButton(await goTo(await openAs(await signInStaff('admin')), `${LIST}/new`), 'Upload'),
  ],
  [
    'assigning columns',
    async (openAs) => {
      const admin = await signInStaff('admin');
      const { path } = await uploadFile(admin, 'alumni', await records());
      return goTo(await openAs(admin), path);
    },
  ],
  [
    'assigning columns with errors',
    async (openAs) => {
      const page = await ofRecords(openAs, '/columns');
      await page.selectOption('[name="columns[external_id]"]', '');
      return pressButton(page, 'Check the rows');
    },
  ],
  ['a file being uploaded', (openAs) => withFacts(openAs, `${never}, last_received_at = now()`)],
  ['an interrupted upload', (openAs) => withFacts(openAs, never)],
  ['rows being checked', (openAs) => withFacts(openAs, 'checked_at = null, checked_count = 3')],
  ['checked records', (openAs) => ofRecords(openAs)],
  ['checked records filtered by status', (openAs) => ofRecords(openAs, '?show=invalid')],
  ['deleting a file', (openAs) => ofRecords(openAs, '/deletion')],
  [
    'checked people to invite',
    async (openAs) => {
      const admin = await signInStaff('admin');
      const page = await uploadAndCheck(
        admin,
        'invitees',
        `email,name\n${uniqueAddress()},Amma ${NAME}\nnobody,Kofi\n`,
      );
      return goTo(await openAs(admin), pathOf(page));
    },
  ],
  ['records being imported', (openAs) => withFacts(openAs, underWay)],
  ['imported records', (openAs) => done(openAs)],
  ['the list of imports', (openAs) => done(openAs, '/..')],
  ['undoing an import', (openAs) => done(openAs, '/undo')],
  [
    'undoing an import without a reason',
    async (openAs) => pressButton(await done(openAs, '/undo'), 'Undo the import'),
  ],
  [
    'an import being undone',
    (openAs) => withFacts(openAs, `${underWay}, finished_at = now(), undone_at = now()`),
  ],
  [
    'an undone import',
    async (openAs) => {
      const admin = await signInStaff('admin');
      const path = pathOf(await importRecordFile(admin, await records()));
      await queryRows(`update alumni_members set last_name = 'Sarpong' where last_name = $1`, [NAME]);
      await undoAndRun(admin, path);
      return goTo(await openAs(admin), path);
    },
  ],
];
