import type { ApiScope } from '../../../src/accounts/api-key.ts';
import { type Expectations, everyone, adminOnly as onlyForAdmins } from './expectations.ts';

/** The documentation of the API, and webhooks. */
export const api: Expectations = {
  'GET /api/docs': everyone(200),
  'GET /api/problems': everyone(200),
  'GET /admin/api-keys': onlyForAdmins(200),
  'GET /admin/api-keys/new': onlyForAdmins(200),
  'POST /admin/api-keys': onlyForAdmins(422),
  'GET /admin/api-keys/:id/revocation': onlyForAdmins(404),
  'POST /admin/api-keys/:id/revocation': onlyForAdmins(404),
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
type Scope = ApiScope | 'anyone' | 'nobody';

const staffOnly = (status: number): Row => [401, 401, 403, status, status];
const adminOnly = (status: number): Row => [401, 401, 403, 403, status];
const membersOnly = (status: number): Row => [401, 401, status, status, status];
const anyone = (status: number): Row => [status, status, status, status, status];
const managersOnly: Row = [401, 401, 403, 403, 201];

/**
 * The expected statuses of the API by token: none, of a suspended account, member, support, admin; and the scope that an
 * API key needs. Bodies are empty.
 */
export const apiMatrix: Record<string, readonly [Row, Scope]> = {
  'GET /api/v1/openapi.json': [anyone(200), 'anyone'],
  'POST /api/v1/token': [anyone(422), 'anyone'],
  'GET /api/v1/invitations': [staffOnly(200), 'invitations:read'],
  'POST /api/v1/invitations': [adminOnly(422), 'invitations:write'],
  'POST /api/v1/invitations/bulk': [adminOnly(422), 'invitations:write'],
  'GET /api/v1/invitations/:id': [staffOnly(200), 'invitations:read'],
  'POST /api/v1/invitations/:id/resends': [staffOnly(201), 'invitations:write'],
  'POST /api/v1/invitations/:id/revocation': [adminOnly(200), 'invitations:write'],
  'POST /api/v1/invitations/:id/extension': [adminOnly(422), 'invitations:write'],
  'POST /api/v1/invitations/:id/address': [adminOnly(422), 'invitations:write'],
  'GET /api/v1/groups': [membersOnly(200), 'groups:read'],
  'POST /api/v1/groups/:id/generate-invite-link': [managersOnly, 'groups:write'],
  'POST /api/v1/groups/:id/redeem-invite-link': [membersOnly(404), 'nobody'],
  'POST /groups/:id/generate-invite-link': [managersOnly, 'groups:write'],
  'POST /groups/:id/redeem-invite-link': [membersOnly(404), 'nobody'],
  'GET /api/v1/alumni': [staffOnly(200), 'alumni:read'],
  'POST /api/v1/alumni/bulk': [adminOnly(422), 'alumni:write'],
  'GET /api/v1/alumni/:external_id': [staffOnly(404), 'alumni:read'],
  'PUT /api/v1/alumni/:external_id': [adminOnly(422), 'alumni:write'],
  'GET /api/v1/imports': [adminOnly(200), 'imports:read'],
  'POST /api/v1/imports': [adminOnly(422), 'imports:write'],
  'GET /api/v1/imports/:id': [adminOnly(404), 'imports:read'],
  'POST /api/v1/imports/:id/confirmation': [adminOnly(422), 'imports:write'],
  'POST /api/v1/imports/:id/undo': [adminOnly(422), 'imports:write'],
  'GET /api/v1/campaigns': [adminOnly(200), 'campaigns:read'],
  'POST /api/v1/campaigns': [adminOnly(422), 'campaigns:write'],
  'GET /api/v1/campaigns/:id': [adminOnly(404), 'campaigns:read'],
  'POST /api/v1/campaigns/:id/settings': [adminOnly(422), 'campaigns:write'],
  'POST /api/v1/campaigns/:id/checks': [adminOnly(422), 'campaigns:write'],
  'POST /api/v1/campaigns/:id/sending': [adminOnly(422), 'campaigns:write'],
  'POST /api/v1/campaigns/:id/recall': [adminOnly(422), 'campaigns:write'],
  'GET /api/v1/requests': [staffOnly(200), 'requests:read'],
  'POST /api/v1/requests/:id/approval': [staffOnly(404), 'requests:write'],
  'POST /api/v1/requests/:id/dismissal': [staffOnly(422), 'requests:write'],
  'GET /api/v1/consents': [staffOnly(200), 'consents:read'],
  'GET /api/v1/webhooks': [adminOnly(200), 'webhooks:read'],
  'POST /api/v1/webhooks': [adminOnly(422), 'webhooks:write'],
  'GET /api/v1/webhooks/:webhook_id': [adminOnly(404), 'webhooks:read'],
  'POST /api/v1/webhooks/:webhook_id/pause': [adminOnly(404), 'webhooks:write'],
  'POST /api/v1/webhooks/:webhook_id/resumption': [adminOnly(404), 'webhooks:write'],
  'DELETE /api/v1/webhooks/:webhook_id': [adminOnly(404), 'webhooks:write'],
};
