import { invited } from '../../support/cast.ts';
import { asAdmin, type Doors, once, unique } from './door.ts';

/** The staff's forms about invitations one by one, and consents. */
export const adminDoors: Doors = {
  async '/admin/consents/disclosures'() {
    const path = '/admin/consents/disclosures';
    return {
      ...(await once(await asAdmin(), path, path, { body: ['All about it. '.repeat(20)] })),
      lasting: true,
    };
  },
  async '/admin/invitations'() {
    const visitor = await asAdmin();
    const door = await once(visitor, '/admin/invitations/new', '/admin/invitations', {
      email: ['b@example.org'],
      message: ['Come home'],
      validityDays: ['7', '90'],
      staffRole: ['support', ''],
      delivery: ['mail', 'link'],
      groupId: [''],
      groupRole: ['member'],
      replace: ['yes', ''],
    });
    return { ...door, lasting: true };
  },
  async '/admin/invitations/:id/resends'() {
    const path = `/admin/invitations/${(await invited(unique())).invitation.id}`;
    const door = await once(await asAdmin(), path, `${path}/resends`, { delivery: ['mail', 'link'] });
    return { ...door, lasting: true };
  },
  async '/admin/invitations/:id/revocation'() {
    const path = `/admin/invitations/${(await invited(unique())).invitation.id}/revocation`;
    return once(await asAdmin(), path, path, { reason: ['left'] });
  },
};
