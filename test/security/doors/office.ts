import { goodPassword } from '../../support/cast.ts';
import { type Doors, member, once } from './door.ts';

/** Confirming, and the office's own forms. */
export const officeDoors: Doors = {
  async '/account/confirm'() {
    const path = '/account/confirm';
    const fields = { currentPassword: [goodPassword], code: [''] };
    return { ...(await once(await member(), path, path, fields)), lasting: true };
  },
};
