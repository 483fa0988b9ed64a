import { type Answers, adminOnly, staffOnly } from './answers.ts';

/** The staff's panel: its front, the list of invitations, consents. */
export const admin: Answers = {
  'GET /admin': staffOnly(200),
  'GET /admin/invitations': staffOnly(200),
  'GET /admin/consents': staffOnly(200),
  'GET /admin/consents/waiting': staffOnly(200),
  'GET /admin/consents/:profileId': staffOnly(404),
  'GET /admin/consents/disclosures': staffOnly(200),
  'GET /admin/consents/disclosures/:version': staffOnly(200),
  'POST /admin/consents/disclosures': adminOnly(422),
};
