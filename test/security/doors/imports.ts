import { importedRecords, pathOf, uploaded } from '../../imports/uploads.ts';
import { asAdmin, type Door, type Doors, once, unique } from './door.ts';

/** Uploading, and what is said about an uploaded file. A form with a file that is sent without one asks for it. */
export const importDoors: Doors = {
  async '/admin/imports'() {
    const fields = { kind: ['alumni', 'invitees', 'neither'] };
    const door = await once(await asAdmin(), '/admin/imports/new', '/admin/imports', fields);
    return { ...door, lasting: true };
  },
  async '/admin/imports/:id/columns'() {
    const door = await ofRecords('columns', {
      heading: ['yes', 'no'],
      'columns[external_id]': ['0', '1', '99'],
      'columns[last_name]': ['1'],
      'columns[first_name]': [''],
      'columns[email]': ['2', ''],
    });
    return { ...door, lasting: true };
  },
  '/admin/imports/:id/confirmation': () =>
    ofRecords('', { count: ['1'], checkedAt: ['now'] }, 'confirmation'),
  async '/admin/imports/:id/undo'() {
    const visitor = await asAdmin();
    const path = pathOf(await importedRecords(visitor, records()));
    return once(visitor, `${path}/undo`, `${path}/undo`, { reason: ['the wrong file'] });
  },
};

export const importButtons = ['/admin/imports/:id/exports', '/admin/imports/:id/deletion'];

const records = () => `id,last name,email\n${unique()},Owusu,${unique()}\n`;

async function ofRecords(page: string, fields: Door['fields'], form = page): Promise<Door> {
  const visitor = await asAdmin();
  const path = pathOf(await uploaded(visitor, 'alumni', records()));
  return once(visitor, `${path}/${page}`.replace(/\/$/, ''), `${path}/${form}`, fields);
}
