import { adminOnly, type Expectations } from './expectations.ts';

/** Imports. */
export const imports: Expectations = {
  'GET /admin/imports': adminOnly(200),
  'GET /admin/imports/new': adminOnly(200),
  'POST /admin/imports': adminOnly(422),
  'GET /admin/imports/:id': adminOnly(404),
  'GET /admin/imports/:id/columns': adminOnly(404),
  'POST /admin/imports/:id/columns': adminOnly(404),
  'POST /admin/imports/:id/confirmation': adminOnly(404),
  'POST /admin/imports/pasted-lists': adminOnly(422),
  'POST /admin/imports/:id/exports': adminOnly(404),
  'POST /admin/imports/:id/leftover-exports': adminOnly(404),
  'GET /admin/imports/:id/undo': adminOnly(404),
  'POST /admin/imports/:id/undo': adminOnly(404),
  'GET /admin/imports/:id/deletion': adminOnly(404),
  'POST /admin/imports/:id/deletion': adminOnly(404),
};
