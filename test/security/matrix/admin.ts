import { adminOnly, type Expectations, staffOnly } from './expectations.ts';

/** The staff panel's start page, the list of invitations, and consents. */
export const admin: Expectations = {
  'GET /admin': staffOnly(200),
  'GET /admin/invitations': staffOnly(200),
  'GET /admin/consents': staffOnly(200),
  'GET /admin/consents/waiting': staffOnly(200),
  'GET /admin/guardians': staffOnly(200),
  'GET /admin/guardians/:id': staffOnly(404),
  'POST /admin/guardians/:id/approval': staffOnly(404),
  'POST /admin/guardians/:id/rejection': staffOnly(404),
  'POST /admin/guardians/:id/resends': staffOnly(404),
  'POST /admin/guardians/:id/address': staffOnly(404),
  'POST /admin/guardians/:id/second-guardian': staffOnly(404),
  'POST /admin/guardians/:id/erasure': adminOnly(404),
  'POST /admin/guardians/:id/erasure-dismissal': adminOnly(404),
  'GET /admin/consents/:profileId': staffOnly(404),
  'GET /admin/consents/disclosures': staffOnly(200),
  'GET /admin/consents/disclosures/:version': staffOnly(200),
  'POST /admin/consents/disclosures': adminOnly(422),
};
