import { queryRow } from '../../support/database.ts';
import { asAdmin, type Door, type Doors, once, unique } from './door.ts';

/** The forms that answer a request for a new link. */
export const overviewDoors: Doors = {
  '/admin/requests/:id/correction': () => ofRequest('correction', { email: ['right@example.org'] }),
  '/admin/requests/:id/dismissal': () => ofRequest('dismissal', { reason: ['Nobody we know'] }),
};

export const overviewButtons = ['/admin/requests/:id/approval', '/admin/requests/:id/confirmation'];

async function ofRequest(form: string, fields: Door['fields']): Promise<Door> {
  const asked = await queryRow<{ id: string }>(
    'insert into invitation_requests (email) values ($1) returning id',
    [unique()],
  );
  const path = `/admin/requests/${asked?.id}`;
  return once(await asAdmin(), path, `${path}/${form}`, fields);
}
