import { importRecordFile, pathOf, uploadAndCheck } from '../../imports/uploads.ts';
import { uniqueAddress } from '../../support/fixtures.ts';
import { openForm, openReusableForm, signInAdmin, type TestForm, type TestForms } from './form.ts';

/** Forms about imports. The upload form is sent without a file. */
export const importForms: TestForms = {
  async '/admin/imports'() {
    const fields = { kind: ['alumni', 'invitees', 'neither'] };
    return openReusableForm(await signInAdmin(), '/admin/imports/new', '/admin/imports', fields);
  },
  async '/admin/imports/pasted-lists'() {
    const fields = { addresses: ['', 'Ann <ann@example.org>; bo@example.org', '<script>'] };
    const page = '/admin/imports/new?kind=invitees';
    return openReusableForm(await signInAdmin(), page, '/admin/imports/pasted-lists', fields);
  },
  async '/admin/imports/:id/columns'() {
    const form = await formOfImport('columns', {
      heading: ['yes', 'no'],
      'columns[external_id]': ['0', '1', '99'],
      'columns[last_name]': ['1'],
      'columns[first_name]': [''],
      'columns[email]': ['2', ''],
    });
    return { ...form, isReusable: true };
  },
  '/admin/imports/:id/confirmation': () =>
    formOfImport('', { count: ['1'], checkedAt: ['now'] }, 'confirmation'),
  async '/admin/imports/:id/undo'() {
    const visitor = await signInAdmin();
    const path = pathOf(await importRecordFile(visitor, csvFile()));
    return openForm(visitor, `${path}/undo`, `${path}/undo`, { reason: ['the wrong file'] });
  },
};

export const importButtons = [
  '/admin/imports/:id/exports',
  '/admin/imports/:id/leftover-exports',
  '/admin/imports/:id/deletion',
];

const csvFile = () => `id,last name,email\n${uniqueAddress()},Owusu,${uniqueAddress()}\n`;

async function formOfImport(page: string, fields: TestForm['fields'], form = page): Promise<TestForm> {
  const visitor = await signInAdmin();
  const path = pathOf(await uploadAndCheck(visitor, 'alumni', csvFile()));
  return openForm(visitor, `${path}/${page}`.replace(/\/$/, ''), `${path}/${form}`, fields);
}
