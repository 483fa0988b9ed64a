import { createTestInvitation } from '../../support/fixtures.ts';
import { asAdmin, type Door, type Doors, once, unique } from './door.ts';

const filter = {
  all: ['yes', ''],
  q: ['nobody-at-all', 'k', '00000000'],
  status: ['revoked', 'expired'],
  delivery: ['link', 'bounced'],
  batch: ['1985'],
  center: ['Harbour'],
  group: ['1', '999999999999999999'],
  inviter: ['1'],
  from: ['2026-01-01'],
  to: ['2026-02-29', '2026-12-31'],
};

/** The forms that do something to many invitations. */
export const invitationDoors: Doors = {
  '/admin/bulk-acts/resends': () => ofMany('/admin/bulk-acts/resends', {}),
  '/admin/bulk-acts/extensions': () => ofMany('/admin/bulk-acts/extensions', { days: ['7', '90'] }),
  '/admin/bulk-acts/revocations': () => ofMany('/admin/bulk-acts/revocations', { reason: ['left'] }),
  '/admin/invitations/exports': () => ofMany('/admin/invitations/exports', {}),
};

async function ofMany(path: string, fields: Door['fields']): Promise<Door> {
  const { id } = (await createTestInvitation(unique())).invitation;
  const door = await once(await asAdmin(), `${path}?id=${id}`, path, { ids: [id], ...filter, ...fields });
  return { ...door, lasting: true };
}
