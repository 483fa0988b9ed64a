import { z } from 'zod';
import { correctAddresses } from '../invitations/correct-address.ts';
import { extendInvitations } from '../invitations/extend.ts';
import { emptyInvitationFilter } from '../invitations/filter.ts';
import { getInvitation } from '../invitations/invitation.ts';
import { inviteOne, retryOnConflict } from '../invitations/invite.ts';
import { type InvitationSort, isInvitationSort, listInvitations } from '../invitations/list.ts';
import { getSingleResult, MAX_RESENDS_PER_DAY } from '../invitations/operation.ts';
import { resendInvitations } from '../invitations/resend.ts';
import { revokeInvitations } from '../invitations/revoke.ts';
import { validityDaysField } from '../invitations/validity.ts';
import { runOnce } from '../platform/db/idempotency.ts';
import { normaliseSearch } from '../platform/text/text.ts';
import { accountOf, actorOf } from '../sign-in/guard.ts';
import { exampleInvitation, exampleListedInvitation } from './examples.ts';
import { idempotencyContext } from './idempotency-key.ts';
import { newInvitationSchema, overrideSchema, toNewInvitation } from './new-invitation.ts';
import { defineOperation } from './operation.ts';
import { toCursor, toPage } from './pagination.ts';
import {
  addressSchema,
  emptySchema,
  invitationSchema,
  listedInvitationSchema,
  pageQuery,
  pageSchema,
  statusSchema,
  textSchema,
  toInvitationJson,
} from './schemas.ts';

const orders = ['sent', 'expires', 'status', 'address'] as const satisfies readonly InvitationSort[];
const sorts = [...orders, ...orders.map((order) => `-${order}` as const)] as const;

export const listInvitationsOperation = defineOperation({
  method: 'get',
  path: '/v1/invitations',
  operationId: 'listInvitations',
  summary: 'List invitations',
  description: 'Returns one page. Filters, search and sorting work as in the staff panel.',
  permission: 'staff',
  scope: 'invitations:read',
  query: z.strictObject({
    q: z.string().max(100).default('').meta({ description: 'Part of an address or name, or a reference' }),
    status: statusSchema.optional(),
    sort: z.enum(sorts).default('-sent').meta({ description: 'A minus sign means descending order' }),
    ...pageQuery,
  }),
  body: null,
  status: 200,
  response: pageSchema(listedInvitationSchema),
  problemStatuses: [],
  examples: {
    query: { q: 'amma', status: 'pending', sort: '-sent' },
    response: {
      items: [exampleListedInvitation],
      previous: null,
      next: '/api/v1/invitations?q=amma&after=WyIyM…',
    },
  },
  async run({ req, query }) {
    const order = query.sort.replace('-', '');
    const page = await listInvitations({
      ...emptyInvitationFilter,
      search: normaliseSearch(query.q),
      status: query.status ?? null,
      order: isInvitationSort(order) ? order : 'sent',
      descending: query.sort.startsWith('-'),
      cursor: toCursor(query),
      size: query.limit,
    });
    return toPage(req, page, (listed) => ({
      id: Number(listed.id),
      reference: listed.reference,
      email: listed.email,
      name: listed.name,
      status: listed.status,
      created_at: listed.createdAt.toISOString(),
      expires_at: listed.expiresAt.toISOString(),
    }));
  },
});

export const createInvitationOperation = defineOperation({
  method: 'post',
  path: '/v1/invitations',
  operationId: 'createInvitation',
  summary: 'Invite an address',
  description: 'Creates an invitation and sends it by mail. The link itself is never returned.',
  permission: 'admin',
  scope: 'invitations:write',
  query: emptySchema,
  body: newInvitationSchema,
  isIdempotent: true,
  status: 201,
  response: invitationSchema,
  location: ({ id }) => `/v1/invitations/${id}`,
  problemStatuses: [409],
  examples: {
    body: { email: 'amma@example.org', message: 'See you in May.', validity_days: 14 },
    response: exampleInvitation,
  },
  async run({ req, res, body }) {
    const invitation = await toNewInvitation(body);
    const actor = actorOf(req, res);
    return retryOnConflict(() =>
      runOnce(idempotencyContext(req, res, body), async () => {
        const { invitationId } = await inviteOne(invitation, actor);
        return toInvitationJson(await getInvitation(invitationId));
      }),
    );
  },
});

export const getInvitationOperation = defineOperation({
  method: 'get',
  path: '/v1/invitations/:id',
  operationId: 'getInvitation',
  summary: 'Get an invitation',
  description: 'Returns one invitation, without its link.',
  permission: 'staff',
  scope: 'invitations:read',
  query: emptySchema,
  body: null,
  status: 200,
  response: invitationSchema,
  problemStatuses: [404],
  examples: { response: exampleInvitation },
  run: async ({ id }) => toInvitationJson(await getInvitation(id)),
});

export const resendInvitationOperation = defineOperation({
  method: 'post',
  path: '/v1/invitations/:id/resends',
  operationId: 'resendInvitation',
  summary: 'Resend a pending or expired invitation',
  description: 'Sends a new link by mail and restarts the validity period. Older links stop working.',
  permission: 'staff',
  scope: 'invitations:write',
  query: emptySchema,
  body: emptySchema,
  status: 201,
  response: invitationSchema,
  location: ({ id }) => `/v1/invitations/${id}`,
  problemStatuses: [404, 409],
  examples: { body: {}, response: exampleInvitation },
  async run({ req, res, id }) {
    const dailyLimit = accountOf(res).staffRole === 'admin' ? {} : { maxPerDay: MAX_RESENDS_PER_DAY };
    getSingleResult(await resendInvitations([id], { delivery: 'mail', ...dailyLimit }, actorOf(req, res)));
    return toInvitationJson(await getInvitation(id));
  },
});

export const extendInvitationOperation = defineOperation({
  method: 'post',
  path: '/v1/invitations/:id/extension',
  operationId: 'extendInvitation',
  summary: 'Extend an open invitation',
  description: 'Gives the invitation more days. Its link stays the same, and no mail is sent.',
  permission: 'admin',
  scope: 'invitations:write',
  query: emptySchema,
  body: z.strictObject({ days: validityDaysField }),
  status: 200,
  response: invitationSchema,
  problemStatuses: [404, 409],
  examples: { body: { days: 7 }, response: exampleInvitation },
  async run({ req, res, id, body: { days } }) {
    getSingleResult(await extendInvitations([id], days, actorOf(req, res)));
    return toInvitationJson(await getInvitation(id));
  },
});

export const correctAddressOperation = defineOperation({
  method: 'post',
  path: '/v1/invitations/:id/address',
  operationId: 'correctInvitationAddress',
  summary: 'Correct the address of an open invitation',
  description:
    'Sends the invitation again, to the new address. Older links stop working, and the validity period starts again.',
  permission: 'admin',
  scope: 'invitations:write',
  query: emptySchema,
  body: z.strictObject({ email: addressSchema, override: overrideSchema }),
  status: 200,
  response: invitationSchema,
  problemStatuses: [404, 409],
  examples: { body: { email: 'amma.owusu@example.org' }, response: exampleInvitation },
  async run({ req, res, id, body: { email, override = [] } }) {
    await correctAddresses([{ id, email, override }], actorOf(req, res));
    return toInvitationJson(await getInvitation(id));
  },
});

export const revokeInvitationOperation = defineOperation({
  method: 'post',
  path: '/v1/invitations/:id/revocation',
  operationId: 'revokeInvitation',
  summary: 'Revoke an open invitation',
  description: 'Its links stop working immediately.',
  permission: 'admin',
  scope: 'invitations:write',
  query: emptySchema,
  body: z.strictObject({ reason: textSchema(500).optional() }),
  status: 200,
  response: invitationSchema,
  problemStatuses: [404, 409],
  examples: {
    body: { reason: 'The address belongs to another person' },
    response: {
      ...exampleInvitation,
      status: 'revoked',
      revoked_at: '2026-11-25T15:00:00.000Z',
      revoked_reason: 'The address belongs to another person',
    },
  },
  async run({ req, res, id, body: { reason } }) {
    getSingleResult(await revokeInvitations([id], reason || null, actorOf(req, res)));
    return toInvitationJson(await getInvitation(id));
  },
});
