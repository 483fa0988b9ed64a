import { type Answers, adminOnly, staffOnly } from './answers.ts';

/** The staff's panel: its front, invitations one by one, consents. */
export const admin: Answers = {
  'GET /admin': staffOnly('/admin/invitations'),
  'GET /admin/invitations': staffOnly(200),
  'GET /admin/invitations/new': adminOnly(200),
  'POST /admin/invitations': adminOnly(422),
  'GET /admin/invitations/:id': staffOnly(200),
  'POST /admin/invitations/:id/resends': staffOnly('/admin/invitations/:id'),
  'GET /admin/invitations/:id/revocation': adminOnly(200),
  'POST /admin/invitations/:id/revocation': adminOnly('/admin/invitations/:id'),
  'GET /admin/consents': staffOnly(200),
  'GET /admin/consents/:profileId': staffOnly(404),
  'GET /admin/consents/disclosures': staffOnly(200),
  'GET /admin/consents/disclosures/:version': staffOnly(200),
  'POST /admin/consents/disclosures': adminOnly(422),
};
