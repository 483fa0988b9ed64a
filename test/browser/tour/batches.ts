import { pathOf, sent, uploaded } from '../../batches/campaign.ts';
import { account, alumna, invited, staff } from '../../support/cast.ts';
import { rows } from '../../support/database.ts';
import type { Visitor } from '../../support/visitor.ts';
import { at, newAddress, press, type Sit, type Stop } from './stop.ts';

const LIST = '/admin/batches';

/** A file with a row of nearly every verdict. */
async function mixedFile(): Promise<string> {
  const [known, open, member, minor] = [newAddress(), newAddress(), newAddress(), newAddress()];
  await alumna(known);
  await invited(open);
  await account(member);
  await alumna(minor, { yearOfBirth: new Date().getUTCFullYear() - 15 });
  const lines = [known, open, member, minor, newAddress(), newAddress(), known, 'not-an-address'];
  return ['email,name,message', ...lines.map((email) => `${email},Amma Nkrumah-Featherstonehaugh,`)].join(
    '\n',
  );
}

async function preview(content?: string): Promise<{ admin: Visitor; path: string }> {
  const admin = await staff('admin');
  return { admin, path: pathOf(await uploaded(admin, content ?? (await mixedFile()))) };
}

async function batch(sit: Sit, rest = '', content?: string) {
  const { admin, path } = await preview(content);
  return at(await sit(admin), path + rest);
}

async function sentBatch(sit: Sit, rest = '') {
  const { admin, path } = await preview();
  await sent(admin);
  return at(await sit(admin), path + rest);
}

/** A batch whose worker has come half the way. */
async function halfway(sit: Sit, facts: string, rest = '') {
  const { admin, path } = await preview();
  await rows(`update batches set ${facts} where id = $1 returning id`, [path.split('/').at(-1)]);
  return at(await sit(admin), path + rest);
}

async function registerPreview(): Promise<{ admin: Visitor; path: string }> {
  const id = await alumna(newAddress());
  const [known] = await rows<{ externalId: string }>(
    'select external_id as "externalId" from alumni_members where id = $1',
    [id],
  );
  const lines = `id,first name,last name,batch\n${known?.externalId},Amma,Nkrumah-Featherstonehaugh,1971\n${newAddress()},Efua,Addo,2011\nX,Nobody,,\n`;
  const admin = await staff('admin');
  return { admin, path: pathOf(await uploaded(admin, lines, `${LIST}/new?purpose=records`)) };
}

const underWay = 'confirmed_at = now(), target = 4, done = 2, skipped = 1';

/** Inviting many people from a file. */
export const batchStops: readonly Stop[] = [
  [
    'no file yet',
    async (sit) => {
      await rows('update invitations set batch_id = null');
      await rows('delete from batches');
      return at(await sit(await staff('admin')), LIST);
    },
  ],
  ['uploading a file', async (sit) => at(await sit(await staff('admin')), `${LIST}/new`)],
  [
    'uploading nothing',
    async (sit) => press(await at(await sit(await staff('admin')), `${LIST}/new`), 'Upload'),
  ],
  [
    'which column is which',
    async (sit) => {
      const admin = await staff('admin');
      await admin.open(`${LIST}/new`);
      const { path } = await admin.upload(LIST, await mixedFile());
      return at(await sit(admin), path);
    },
  ],
  [
    'columns with mistakes',
    async (sit) => {
      const page = await batch(sit, '/mapping');
      await page.selectOption('[name="columns[email]"]', '');
      return press(page, 'Check every row');
    },
  ],
  ['rows being checked', (sit) => halfway(sit, 'judged_at = null, judged = 3')],
  ['the preview', (sit) => batch(sit)],
  ['the preview, one verdict', (sit) => batch(sit, '?verdict=invalid')],
  ['the preview, nobody to invite', (sit) => batch(sit, '', 'email\nnobody\n')],
  ['who is invited, and how', (sit) => batch(sit, '/choices')],
  [
    'who is invited, with mistakes',
    async (sit) => {
      const page = await batch(sit, '/choices');
      await page.fill('[name=validityDays]', '99');
      return press(page, 'Save and look again');
    },
  ],
  ['a batch being sent', (sit) => halfway(sit, underWay)],
  ['a batch that was sent', (sit) => sentBatch(sit)],
  ['the list of files', (sit) => sentBatch(sit, '/..')],
  ['recalling a batch', (sit) => sentBatch(sit, '/recall')],
  ['recalling a batch that is being sent', (sit) => halfway(sit, underWay, '/recall')],
  ['a batch being recalled', (sit) => halfway(sit, `${underWay}, done_at = now(), recalled_at = now()`)],
  [
    'a batch that was recalled',
    (sit) =>
      halfway(
        sit,
        `${underWay}, done_at = now(), recalled_at = now(), recalled = 2, recall_reason = 'A wrong list', recall_done_at = now()`,
      ),
  ],
  [
    'uploading the register',
    async (sit) => at(await sit(await staff('admin')), `${LIST}/new?purpose=records`),
  ],
  [
    'the preview of a register',
    async (sit) => {
      const { admin, path } = await registerPreview();
      return at(await sit(admin), path);
    },
  ],
  [
    'a register that was imported',
    async (sit) => {
      const { admin, path } = await registerPreview();
      await sent(admin);
      return at(await sit(admin), path);
    },
  ],
  [
    'the list of imports',
    async (sit) => {
      await registerPreview();
      return at(await sit(await staff('admin')), `${LIST}?purpose=records`);
    },
  ],
];
