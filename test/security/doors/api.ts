import { asAdmin, type Doors, once } from './door.ts';

/** The form about webhooks. */
export const apiDoors: Doors = {
  async '/admin/webhooks'() {
    const fields = {
      url: ['https://hooks.example.org/homecoming', 'https://127.0.0.1/'],
      'events[invitation-created]': ['yes', ''],
      'events[consent-granted]': ['yes'],
    };
    const door = await once(await asAdmin(), '/admin/webhooks/new', '/admin/webhooks', fields);
    return { ...door, lasting: true };
  },
};
