import { queryRow } from '../../support/database.ts';
import { asAdmin, type Door, type Doors, minor, once, unique } from './door.ts';

/** The staff's forms about consents. */
export const adminDoors: Doors = {
  async '/admin/consents/disclosures'() {
    const path = '/admin/consents/disclosures';
    return {
      ...(await once(await asAdmin(), path, path, { body: ['All about it. '.repeat(20)] })),
      lasting: true,
    };
  },
  '/admin/guardians/:id/address': () =>
    ofGuardian('address', { correctedEmail: [unique()], reason: ['misspelt'] }),
  '/admin/guardians/:id/second-guardian': () =>
    ofGuardian('second', { guardianName: ['Gil'], guardianEmail: [unique()] }),
  '/admin/guardians/:id/erasure-dismissal': () =>
    ofGuardian('erasure-dismissal', { dismissalReason: ['nobody’s guardian'] }),
};

/** A form on the page of a guardian who has asked for erasure. */
async function ofGuardian(form: string, fields: Door['fields']): Promise<Door> {
  const asked = await queryRow<{ id: string }>(
    'update guardians set erasure_requested_at = now() where email = $1 returning id',
    [(await minor()).guardian],
  );
  const path = `/admin/guardians/${asked?.id}`;
  return once(await asAdmin(), path, `${path}/${form}`, fields);
}
