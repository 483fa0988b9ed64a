import { adminOnly, type Expectations } from './expectations.ts';

/** Campaigns. */
export const campaigns: Expectations = {
  'GET /admin/campaigns': adminOnly(200),
  'GET /admin/campaigns/new': adminOnly('/admin/imports/new?kind=invitees'),
  'POST /admin/campaigns': adminOnly(422),
  'GET /admin/campaigns/:id': adminOnly(404),
  'GET /admin/campaigns/:id/settings': adminOnly(404),
  'POST /admin/campaigns/:id/settings': adminOnly(404),
  'POST /admin/campaigns/:id/checks': adminOnly(404),
  'GET /admin/campaigns/:id/preview': adminOnly(404),
  'GET /admin/campaigns/:id/preview/html': adminOnly(404),
  'GET /admin/campaigns/:id/deletion': adminOnly(404),
  'POST /admin/campaigns/:id/deletion': adminOnly(404),
  'POST /admin/campaigns/:id/exports': adminOnly(404),
  'POST /admin/campaigns/:id/sending': adminOnly(404),
  'GET /admin/campaigns/:id/recall': adminOnly(404),
  'POST /admin/campaigns/:id/recall': adminOnly(404),
};
