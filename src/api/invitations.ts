import { z } from 'zod';
import { accountOf, actorOf } from '../accounts/guard.ts';
import { once } from '../idempotency.ts';
import { noFilter } from '../invitations/filter.ts';
import { MOST_RESENDS_A_DAY, onlyOne } from '../invitations/held.ts';
import { invitationById } from '../invitations/invitation.ts';
import { inviteOne, retried } from '../invitations/invite.ts';
import { isOrder, listInvitations, type Order } from '../invitations/list.ts';
import { resend } from '../invitations/resend.ts';
import { revoke } from '../invitations/revoke.ts';
import { exampleInvitation, exampleListed } from './examples.ts';
import { askedBy } from './idempotency-key.ts';
import { newInvitation, newInvitationOf } from './new-invitation.ts';
import { operation } from './operation.ts';
import { cursorOf, tellPage } from './pages.ts';
import {
  invitation,
  listedInvitation,
  nothing,
  pageOf,
  pageQuery,
  prose,
  status,
  tellInvitation,
} from './shapes.ts';

const orders = ['sent', 'expires', 'status', 'address'] as const satisfies readonly Order[];
const sorts = [...orders, ...orders.map((order) => `-${order}` as const)] as const;

export const listOfInvitations = operation({
  method: 'get',
  path: '/v1/invitations',
  name: 'listInvitations',
  summary: 'Invitations',
  tells: 'A page of them; filtered, searched and sorted as in the panel.',
  who: 'staff',
  query: z.strictObject({
    q: z.string().max(100).default('').meta({ description: 'Part of an address or a name, or a reference' }),
    status: status.optional(),
    sort: z.enum(sorts).default('-sent').meta({ description: 'With a minus: the last first' }),
    ...pageQuery,
  }),
  body: null,
  status: 200,
  answer: pageOf(listedInvitation),
  refusals: [],
  examples: {
    query: { q: 'amma', status: 'pending', sort: '-sent' },
    answer: { items: [exampleListed], previous: null, next: '/api/v1/invitations?q=amma&after=WyIyM…' },
  },
  async run({ req, query }) {
    const order = query.sort.replace('-', '');
    const page = await listInvitations({
      ...noFilter,
      search: query.q.trim(),
      status: query.status ?? null,
      order: isOrder(order) ? order : 'sent',
      descending: query.sort.startsWith('-'),
      cursor: cursorOf(query),
      size: query.limit,
    });
    return tellPage(req, page, (listed) => ({
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

export const createInvitation = operation({
  method: 'post',
  path: '/v1/invitations',
  name: 'createInvitation',
  summary: 'Invite an address',
  tells:
    'For administrators. The mail with the link goes out by itself; no answer of this interface ever holds the link.',
  who: 'admin',
  query: nothing,
  body: newInvitation,
  onceByKey: true,
  status: 201,
  answer: invitation,
  refusals: [409],
  examples: {
    body: { email: 'amma@example.org', message: 'See you in May.', validity_days: 14 },
    answer: exampleInvitation,
  },
  async run({ req, res, body }) {
    const given = await newInvitationOf(body);
    const actor = actorOf(req, res);
    return retried(() =>
      once(askedBy(req, res, body), async () => {
        const { invitationId } = await inviteOne(given, actor);
        return tellInvitation(await invitationById(invitationId));
      }),
    );
  },
});

export const showInvitation = operation({
  method: 'get',
  path: '/v1/invitations/:id',
  name: 'getInvitation',
  summary: 'One invitation',
  tells: 'For staff.',
  who: 'staff',
  query: nothing,
  body: null,
  status: 200,
  answer: invitation,
  refusals: [404],
  examples: { answer: exampleInvitation },
  run: async ({ id }) => tellInvitation(await invitationById(id)),
});

export const resendInvitation = operation({
  method: 'post',
  path: '/v1/invitations/:id/resends',
  name: 'resendInvitation',
  summary: 'Send a pending or expired invitation again',
  tells: 'For staff. It gets a new link by mail and its whole validity again; older links stop working.',
  who: 'staff',
  query: nothing,
  body: nothing,
  status: 201,
  answer: invitation,
  refusals: [404, 409],
  examples: { body: {}, answer: exampleInvitation },
  async run({ req, res, id }) {
    const mostADay = accountOf(res).staffRole === 'admin' ? {} : { mostADay: MOST_RESENDS_A_DAY };
    onlyOne(await resend([id], { delivery: 'mail', ...mostADay }, actorOf(req, res)), 'sent again');
    return tellInvitation(await invitationById(id));
  },
});

export const revokeInvitation = operation({
  method: 'post',
  path: '/v1/invitations/:id/revocation',
  name: 'revokeInvitation',
  summary: 'Take an open invitation back',
  tells: 'For administrators. Its links stop working at once.',
  who: 'admin',
  query: nothing,
  body: z.strictObject({ reason: prose(500).optional() }),
  status: 200,
  answer: invitation,
  refusals: [404, 409],
  examples: {
    body: { reason: 'The address is somebody else’s' },
    answer: {
      ...exampleInvitation,
      status: 'revoked',
      revoked_at: '2026-11-25T15:00:00.000Z',
      revoked_reason: 'The address is somebody else’s',
    },
  },
  async run({ req, res, id, body: { reason } }) {
    onlyOne(await revoke([id], reason || null, actorOf(req, res)), 'revoked');
    return tellInvitation(await invitationById(id));
  },
});
