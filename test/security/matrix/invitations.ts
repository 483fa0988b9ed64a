import { adminOnly, type Expectations, staffOnly } from './expectations.ts';

/** Bulk actions. Without a selection, they redirect to the list. */
export const invitations: Expectations = {
  'GET /admin/bulk-acts/resends': staffOnly('/admin/invitations'),
  'POST /admin/bulk-acts/resends': staffOnly('/admin/invitations'),
  'GET /admin/bulk-acts/extensions': adminOnly('/admin/invitations'),
  'POST /admin/bulk-acts/extensions': adminOnly('/admin/invitations'),
  'GET /admin/bulk-acts/revocations': adminOnly('/admin/invitations'),
  'POST /admin/bulk-acts/revocations': adminOnly('/admin/invitations'),
  'GET /admin/bulk-acts/:id': staffOnly(404),
  'GET /admin/bulk-acts/:id/skipped': adminOnly(404),
  'GET /admin/invitations/exports': adminOnly('/admin/invitations'),
  'POST /admin/invitations/exports': adminOnly('/admin/invitations'),
};
