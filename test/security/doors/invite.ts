import { createGroup } from '../../../src/groups/group.ts';
import { createTestInvitation } from '../../support/fixtures.ts';
import { asAdmin, type Door, type Doors, once, unique } from './door.ts';

/** Inviting one person, and the forms about one invitation. */
export const inviteDoors: Doors = {
  '/admin/invitations': () => inviting('/admin/invitations'),
  '/admin/invitations/checks': () => inviting('/admin/invitations/checks'),
  async '/admin/invitations/:id/resends'() {
    return { ...(await ofOne('', 'resends', { delivery: ['mail', 'link'] })), lasting: true };
  },
  async '/admin/invitations/:id/extension'() {
    return { ...(await ofOne('/extension', 'extension', { days: ['1', '90'] })), lasting: true };
  },
  async '/admin/invitations/:id/address'() {
    return { ...(await ofOne('/address', 'address', { email: [unique(), unique()] })), lasting: true };
  },
  '/admin/invitations/:id/revocation': () => ofOne('/revocation', 'revocation', { reason: ['left'] }),
};

/** The buttons of an invitation's page that are a form of their own. */
export const inviteButtons = ['/admin/invitations/:id/watching', '/admin/invitations/:id/reopening'];

async function inviting(action: string): Promise<Door> {
  const group = await createGroup({ name: unique(), description: '' }, { kind: 'system' });
  const door = await once(await asAdmin(), '/admin/invitations/new', action, {
    email: ['b@example.org'],
    message: ['Come home'],
    validityDays: ['7', '90'],
    staffRole: ['support', ''],
    delivery: ['mail', 'link'],
    groupId: [group.id, ''],
    groupRole: ['member'],
    watched: ['yes', ''],
    replace: ['yes', ''],
  });
  return { ...door, lasting: true };
}

async function ofOne(page: string, form: string, fields: Door['fields']): Promise<Door> {
  const path = `/admin/invitations/${(await createTestInvitation(unique())).invitation.id}`;
  return once(await asAdmin(), path + page, `${path}/${form}`, fields);
}
