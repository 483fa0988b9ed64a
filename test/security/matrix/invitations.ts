import { adminOnly, type Expectations, staffOnly } from './expectations.ts';

/** Bulk actions. Without a selection, they redirect to the list. */
export const invitations: Expectations = {
  'GET /admin/bulk-actions/resends': staffOnly('/admin/invitations'),
  'POST /admin/bulk-actions/resends': staffOnly('/admin/invitations'),
  'GET /admin/bulk-actions/extensions': adminOnly('/admin/invitations'),
  'POST /admin/bulk-actions/extensions': adminOnly('/admin/invitations'),
  'GET /admin/bulk-actions/revocations': adminOnly('/admin/invitations'),
  'POST /admin/bulk-actions/revocations': adminOnly('/admin/invitations'),
  'GET /admin/bulk-actions/:id': staffOnly(404),
  'GET /admin/bulk-actions/:id/skipped': adminOnly(404),
  'GET /admin/invitations/exports': adminOnly('/admin/invitations'),
  'POST /admin/invitations/exports': adminOnly('/admin/invitations'),
};
