import { adminOnly, type Expectations, staffOnly } from './expectations.ts';

/** Invitation requests; finding and erasing a person. */
export const overview: Expectations = {
  'GET /admin/help': staffOnly(200),
  'GET /admin/help/person': staffOnly('/admin/help'),
  'GET /admin/help/person/erasure': adminOnly(404),
  'POST /admin/help/person/erasure': adminOnly(404),
  'POST /admin/help/person/exports': adminOnly(404),
  'GET /admin/requests': staffOnly(200),
  'GET /admin/requests/:id': staffOnly(404),
  'POST /admin/requests/:id/approval': staffOnly(404),
  'POST /admin/requests/:id/correction': adminOnly(404),
  'POST /admin/requests/:id/confirmation': adminOnly(404),
  'POST /admin/requests/:id/dismissal': staffOnly(404),
  'POST /admin/requests/:id/invitation': adminOnly(404),
  'POST /admin/requests/:id/name': adminOnly(404),
  'POST /admin/requests/:id/address-change': adminOnly(404),
  'POST /admin/requests/dismissals': staffOnly(422),
};
