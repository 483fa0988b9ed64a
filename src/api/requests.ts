import { z } from 'zod';
import { requestKinds } from '../invitations/requests/invitation-request.ts';
import { getInvitationRequest, type ListedRequest, listOpenRequests } from '../invitations/requests/list.ts';
import { approveRequest, dismissRequest } from '../invitations/requests/resolution.ts';
import { actorOf } from '../sign-in/guard.ts';
import { overrideSchema } from './new-invitation.ts';
import { defineOperation } from './operation.ts';
import { toCursor, toPage } from './pagination.ts';
import { emptySchema, idSchema, pageQuery, pageSchema, reasonTextSchema, timeSchema } from './schemas.ts';

const requestSchema = z
  .strictObject({
    id: idSchema,
    kind: z.enum(requestKinds),
    email: z.string(),
    name: z.string().nullable(),
    new_email: z.string().nullable(),
    note: z.string().nullable(),
    request_count: z.int(),
    requested_at: timeSchema,
    resolved_at: timeSchema.nullable(),
    resolution: z.string().nullable(),
  })
  .meta({ id: 'InvitationRequest' });

const exampleRequest: z.output<typeof requestSchema> = {
  id: 1,
  kind: 'new-link',
  email: 'amma@example.org',
  name: null,
  new_email: null,
  note: null,
  request_count: 1,
  requested_at: '2026-11-25T14:30:00.000Z',
  resolved_at: null,
  resolution: null,
};

function toRequestJson(request: ListedRequest): z.output<typeof requestSchema> {
  return {
    id: Number(request.id),
    kind: request.kind,
    email: request.email,
    name: request.name,
    new_email: request.newEmail,
    note: request.note,
    request_count: request.requestCount,
    requested_at: request.requestedAt.toISOString(),
    resolved_at: request.resolvedAt?.toISOString() ?? null,
    resolution: request.resolution,
  };
}

export const listRequestsOperation = defineOperation({
  method: 'get',
  path: '/v1/requests',
  operationId: 'listRequests',
  summary: 'List open requests',
  description: 'Returns one page of the requests that wait for the office, oldest first.',
  permission: 'staff',
  scope: 'requests:read',
  query: z.strictObject({ kind: z.enum(requestKinds).optional(), ...pageQuery }),
  body: null,
  status: 200,
  response: pageSchema(requestSchema),
  problemStatuses: [],
  examples: { query: {}, response: { items: [exampleRequest], previous: null, next: null } },
  async run({ req, query }) {
    const page = await listOpenRequests({ kind: query.kind ?? null }, toCursor(query), query.limit);
    return toPage(req, page, toRequestJson);
  },
});

export const approveRequestOperation = defineOperation({
  method: 'post',
  path: '/v1/requests/:id/approval',
  operationId: 'approveRequest',
  summary: 'Approve a request for a new link',
  description:
    'Sends what the person needs: an invitation, a new link, or a mail about their account. 409: it is already answered, of another kind, or has warnings. Only administrators may invite an address without a record.',
  permission: 'staff',
  scope: 'requests:write',
  query: emptySchema,
  body: z.strictObject({ override: overrideSchema }),
  status: 200,
  response: requestSchema,
  problemStatuses: [404, 409],
  examples: { body: {}, response: { ...exampleRequest, resolution: 'resent' } },
  async run({ req, res, id, body: { override = [] } }) {
    await approveRequest(id, { override }, actorOf(req, res));
    return toRequestJson(await getInvitationRequest(id));
  },
});

export const dismissRequestOperation = defineOperation({
  method: 'post',
  path: '/v1/requests/:id/dismissal',
  operationId: 'dismissRequest',
  summary: 'Dismiss a request',
  description: 'Answers a request without sending anything. The person isn’t notified.',
  permission: 'staff',
  scope: 'requests:write',
  query: emptySchema,
  body: z.strictObject({ reason: reasonTextSchema }),
  status: 200,
  response: requestSchema,
  problemStatuses: [404, 409],
  examples: {
    body: { reason: 'Answered by phone' },
    response: { ...exampleRequest, resolution: 'dismissed' },
  },
  async run({ req, res, id, body: { reason } }) {
    await dismissRequest(id, reason, actorOf(req, res));
    return toRequestJson(await getInvitationRequest(id));
  },
});
