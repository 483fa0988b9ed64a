import { adminOnly, type Expectations, staffOnly } from './expectations.ts';

/** Inviting one person, and the pages of one invitation. */
export const invite: Expectations = {
  'GET /admin/invitations/new': adminOnly(200),
  'GET /admin/invitations/preview': adminOnly('/admin/invitations/new?email='),
  'POST /admin/invitations/checks': adminOnly(422),
  'POST /admin/invitations': adminOnly(422),
  'GET /admin/invitations/:id': staffOnly(200),
  'POST /admin/invitations/:id/resends': staffOnly('/admin/invitations/:id'),
  'GET /admin/invitations/:id/extension': adminOnly(200),
  'POST /admin/invitations/:id/extension': adminOnly(422),
  'GET /admin/invitations/:id/address': adminOnly(200),
  'POST /admin/invitations/:id/address': adminOnly(422),
  'GET /admin/invitations/:id/revocation': adminOnly(200),
  'POST /admin/invitations/:id/revocation': adminOnly('/admin/invitations/:id'),
  'POST /admin/invitations/:id/reopening': adminOnly(409),
  // An administrator, but not the one who invited.
  'POST /admin/invitations/:id/inviter-notification': adminOnly(403),
};
