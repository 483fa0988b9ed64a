import { type Answers, adminOnly } from './answers.ts';

/** Files of many rows. */
export const batches: Answers = {
  'GET /admin/batches': adminOnly(200),
  'GET /admin/batches/new': adminOnly(200),
  'POST /admin/batches': adminOnly(422),
  'GET /admin/batches/:id': adminOnly(404),
  'POST /admin/batches/:id/exports': adminOnly(404),
  'GET /admin/batches/:id/mapping': adminOnly(404),
  'POST /admin/batches/:id/mapping': adminOnly(404),
  'GET /admin/batches/:id/choices': adminOnly(404),
  'POST /admin/batches/:id/choices': adminOnly(404),
  'POST /admin/batches/:id/sending': adminOnly(404),
  'GET /admin/batches/:id/recall': adminOnly(404),
  'POST /admin/batches/:id/recall': adminOnly(404),
};
