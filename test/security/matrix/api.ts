import { type Expectations, everyone, adminOnly as onlyForAdmins } from './expectations.ts';

/** The documentation of the API, and webhooks. */
export const api: Expectations = {
  'GET /api/docs': everyone(200),
  'GET /admin/webhooks': onlyForAdmins(200),
  'GET /admin/webhooks/new': onlyForAdmins(200),
  'POST /admin/webhooks': onlyForAdmins(422),
  'GET /admin/webhooks/:id': onlyForAdmins(404),
  'POST /admin/webhooks/:id/tests': onlyForAdmins(404),
  'POST /admin/webhooks/:id/pause': onlyForAdmins(404),
  'POST /admin/webhooks/:id/resumption': onlyForAdmins(404),
  'POST /admin/webhooks/:id/secrets': onlyForAdmins(404),
  'POST /admin/webhooks/:id/deliveries/:deliveryId/retries': onlyForAdmins(404),
  'GET /admin/webhooks/:id/deletion': onlyForAdmins(404),
  'POST /admin/webhooks/:id/deletion': onlyForAdmins(404),
};

type Row = readonly [none: number, ended: number, member: number, support: number, admin: number];

const staffOnly = (status: number): Row => [401, 401, 403, status, status];
const adminOnly = (status: number): Row => [401, 401, 403, 403, status];
const membersOnly = (status: number): Row => [401, 401, status, status, status];

/** The expected statuses of the API by token: none, of a suspended account, member, support, admin. Bodies are empty. */
export const apiMatrix: Record<string, Row> = {
  'GET /api/v1/openapi.json': [200, 200, 200, 200, 200],
  'POST /api/v1/token': [422, 422, 422, 422, 422],
  'GET /api/v1/invitations': staffOnly(200),
  'POST /api/v1/invitations': adminOnly(422),
  'POST /api/v1/invitations/bulk': adminOnly(422),
  'GET /api/v1/invitations/:id': staffOnly(200),
  'POST /api/v1/invitations/:id/resends': staffOnly(201),
  'POST /api/v1/invitations/:id/revocation': adminOnly(200),
  'GET /api/v1/groups': membersOnly(200),
  'POST /api/v1/groups/:id/generate-invite-link': [401, 401, 403, 403, 201],
  'POST /api/v1/groups/:id/redeem-invite-link': membersOnly(404),
  'POST /groups/:id/generate-invite-link': [401, 401, 403, 403, 201],
  'POST /groups/:id/redeem-invite-link': membersOnly(404),
  'GET /api/v1/alumni': staffOnly(200),
};
