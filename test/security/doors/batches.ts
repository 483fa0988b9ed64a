import { pathOf, uploaded } from '../../batches/campaign.ts';
import { rows } from '../../support/database.ts';
import { asAdmin, type Door, type Doors, once, unique } from './door.ts';

/** Uploading, and what is said about an uploaded file. A form with a file that is sent without one asks for it. */
export const batchDoors: Doors = {
  async '/admin/batches'() {
    const door = await once(await asAdmin(), '/admin/batches/new', '/admin/batches', {
      purpose: ['invitations', 'records'],
    });
    return { ...door, lasting: true };
  },
  '/admin/batches/:id/mapping': () =>
    ofBatch('mapping', 'mapping', {
      heading: ['yes', 'no'],
      'columns[email]': ['0', '1', '99'],
      'columns[firstName]': ['1'],
      'columns[name]': ['1'],
      'columns[message]': [''],
      'columns[group]': [''],
      'columns[role]': [''],
    }),
  '/admin/batches/:id/choices': () =>
    ofBatch('choices', 'choices', {
      'include[none]': ['yes'],
      'include[account]': ['yes'],
      validityDays: ['7'],
      message: ['See you in May'],
      groupId: ['', '1', '999999999999999999'],
      groupRole: ['member', 'owner'],
    }),
  '/admin/batches/:id/sending': () => ofBatch('', 'sending', { count: ['1'] }),
  async '/admin/batches/:id/recall'() {
    const path = pathOf(await uploaded(await asAdmin(), unique()));
    await rows(
      `update batches set confirmed_at = now(), done_at = now(), target = 0 where id = $1 returning id`,
      [path.split('/').at(-1)],
    );
    return once(await asAdmin(), `${path}/recall`, `${path}/recall`, { reason: ['a wrong list'] });
  },
};

export const batchButtons = ['/admin/batches/:id/exports'];

async function ofBatch(page: string, form: string, fields: Door['fields']): Promise<Door> {
  const visitor = await asAdmin();
  const path = pathOf(await uploaded(visitor, unique()));
  const door = await once(visitor, `${path}/${page}`.replace(/\/$/, ''), `${path}/${form}`, fields);
  return { ...door, lasting: form !== 'sending' };
}
