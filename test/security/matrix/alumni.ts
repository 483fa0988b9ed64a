import { adminOnly, type Expectations, staffOnly } from './expectations.ts';

/** The directory, and accounts without a record. */
export const alumni: Expectations = {
  'GET /admin/alumni': staffOnly(200),
  'POST /admin/alumni': adminOnly(422),
  'POST /admin/alumni/exports': adminOnly(200),
  'GET /admin/alumni/new': adminOnly(200),
  'GET /admin/alumni/:id': staffOnly(404),
  'GET /admin/alumni/:id/details': adminOnly(404),
  'POST /admin/alumni/:id/details': adminOnly(404),
  'GET /admin/alumni/:id/deactivation': adminOnly(404),
  'POST /admin/alumni/:id/deactivation': adminOnly(404),
  'GET /admin/alumni/:id/death': adminOnly(404),
  'POST /admin/alumni/:id/death': adminOnly(404),
  'POST /admin/alumni/:id/reactivation': adminOnly(404),
  'GET /admin/alumni/:id/merge': adminOnly(404),
  'GET /admin/alumni/:id/merge/:otherId': adminOnly(404),
  'POST /admin/alumni/:id/merge/:otherId': adminOnly(404),
  'GET /admin/alumni/unmatched': staffOnly(200),
  'GET /admin/alumni/unmatched/:id': staffOnly(404),
  'GET /admin/alumni/unmatched/:id/match/:recordId': adminOnly(404),
  'POST /admin/alumni/unmatched/:id/match/:recordId': adminOnly(404),
  'POST /admin/alumni/unmatched/:id/no-record': adminOnly(404),
  'POST /admin/alumni/unmatched/:id/no-record/undo': adminOnly(404),
  'POST /admin/alumni/unmatched/:id/hold/lift': adminOnly(404),
};
