import { asAdmin, type Doors, once } from './door.ts';

/** The staff's forms about consents. */
export const adminDoors: Doors = {
  async '/admin/consents/disclosures'() {
    const path = '/admin/consents/disclosures';
    return {
      ...(await once(await asAdmin(), path, path, { body: ['All about it. '.repeat(20)] })),
      lasting: true,
    };
  },
};
