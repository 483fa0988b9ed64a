import { createTestRecord } from '../../support/fixtures.ts';
import { asAdmin, type Door, type Doors, once, unique } from './door.ts';

const facts = {
  externalId: ['A-1', "'=A1"],
  firstName: ['Amma'],
  lastName: ['Owusu', 'O’Hara'],
  email: ['amma@example.org'],
  batch: ['2002'],
  center: ['Harbour'],
  yearOfBirth: ['1984'],
  savedAt: ['2026-01-01 00:00:00+00'],
};

/** The forms about the office's register. */
export const alumniDoors: Doors = {
  async '/admin/alumni'() {
    const { savedAt: _known, ...fields } = facts;
    const door = await once(await asAdmin(), '/admin/alumni/new', '/admin/alumni', fields);
    return { ...door, lasting: true };
  },
  async '/admin/alumni/exports'() {
    await createTestRecord(unique());
    const fields = {
      q: ['owusu', 'o'],
      batch: ['2002'],
      center: ['Harbour'],
      state: ['claimed', 'merged'],
      missing: ['year-of-birth'],
    };
    const door = await once(await asAdmin(), '/admin/alumni', '/admin/alumni/exports', fields);
    return { ...door, lasting: true };
  },
  async '/admin/alumni/:id/details'() {
    return { ...(await ofRecord('details', facts)), lasting: true };
  },
  '/admin/alumni/:id/death': () => ofRecord('death', { revoke: ['yes', ''] }),
  async '/admin/alumni/:id/merge/:otherId'() {
    const path = `/admin/alumni/${await createTestRecord(unique())}/merge/${await createTestRecord(unique(), { batch: 1999 })}`;
    const visitor = await asAdmin();
    await visitor.open(path);
    const moments = visitor.fieldsOf(path);
    return once(visitor, path, path, {
      'facts[batch]': ['kept', 'other'],
      'facts[email]': ['other'],
      keptSavedAt: [String(moments.keptSavedAt)],
      otherSavedAt: [String(moments.otherSavedAt)],
    });
  },
};

/** The buttons of these pages. */
export const alumniButtons = [
  '/admin/alumni/:id/deactivation',
  '/admin/alumni/:id/reactivation',
  '/admin/alumni/unmatched/:id/match/:recordId',
  '/admin/alumni/unmatched/:id/no-record',
  '/admin/alumni/unmatched/:id/no-record/undo',
  '/admin/alumni/unmatched/:id/hold/lift',
];

async function ofRecord(form: string, fields: Door['fields']): Promise<Door> {
  const path = `/admin/alumni/${await createTestRecord(unique())}/${form}`;
  return once(await asAdmin(), path, path, fields);
}
