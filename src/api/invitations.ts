import { z } from 'zod';
import { actorOf } from '../accounts/guard.ts';
import { Invalid } from '../errors.ts';
import { days } from '../invitations/extension.ts';
import { noFilter } from '../invitations/filter.ts';
import { invitationById } from '../invitations/invitation.ts';
import { type NewInvitation, resend, revoke } from '../invitations/invite.ts';
import { inviteOnce } from '../invitations/invite-all.ts';
import { isOrder, listInvitations, type Order } from '../invitations/list.ts';
import { recentSettings } from '../settings.ts';
import { exampleInvitation, exampleListed } from './examples.ts';
import { askedBy } from './idempotency-key.ts';
import { operation } from './operation.ts';
import { cursorOf, tellPage } from './pages.ts';
import {
  address,
  groupRole,
  id,
  invitation,
  listedInvitation,
  nothing,
  pageOf,
  pageQuery,
  prose,
  staffRole,
  status,
  tellInvitation,
} from './shapes.ts';

const orders = ['sent', 'expires', 'status', 'address'] as const satisfies readonly Order[];
const sorts = [...orders, ...orders.map((order) => `-${order}` as const)] as const;

/** What is told of somebody to invite. */
export const newInvitation = z
  .strictObject({
    email: address,
    message: prose(2_000).optional().meta({ description: 'A personal message; it stands in the mail' }),
    validity_days: days.optional().meta({ description: 'As in the settings, where not given' }),
    staff_role: staffRole.optional(),
    group_id: id.optional().meta({ description: 'A group that it lets into as well' }),
    group_role: groupRole
      .optional()
      .meta({ description: 'The role in that group: a member, where not given' }),
    replace: z
      .boolean()
      .default(false)
      .meta({ description: 'Invite although there is an open invitation, which is revoked, or a refusal' }),
  })
  .meta({ id: 'NewInvitation' });

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
    return inviteOnce(given, askedBy(req, res, body), actorOf(req, res), tellInvitation);
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
    await resend(id, 'mail', actorOf(req, res));
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
  run: async ({ req, res, id, body: { reason } }) =>
    tellInvitation(await revoke(id, reason || null, actorOf(req, res))),
});

/** What the verbs take. @throws Invalid for a role without its group */
export async function newInvitationOf(given: z.output<typeof newInvitation>): Promise<NewInvitation> {
  const { group_id: groupId, group_role: role } = given;
  if (groupId === undefined && role !== undefined)
    throw new Invalid({ group_id: 'Name the group of that role' });
  return {
    email: given.email,
    message: given.message || null,
    validityDays: given.validity_days ?? (await recentSettings()).invitationDays,
    staffRole: given.staff_role ?? null,
    group: groupId === undefined ? null : { id: String(groupId), role: role ?? 'member' },
    delivery: 'mail',
    replace: given.replace,
  };
}
