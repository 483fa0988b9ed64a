import { z } from 'zod';
import { redeemGroupLink, UnknownGroupLink } from '../groups/join-by-link.ts';
import { generateGroupLink, groupLinkUrl, linkValidityHours } from '../groups/link.ts';
import { verifyLinkToken } from '../platform/crypto/signed-links.ts';
import { recordInvalidLink } from '../platform/db/rate-limit.ts';
import { clientNetwork } from '../platform/http/client-network.ts';
import { actorOf } from '../sign-in/guard.ts';
import { defineOperation } from './operation.ts';
import { emptySchema, groupRoleSchema, idSchema, timeSchema } from './schemas.ts';

const exampleToken = 'AcYQ0uB1RkqVn3m8o2y4vRo…';

export const generateInviteLinkOperation = defineOperation({
  method: 'post',
  path: '/v1/groups/:id/generate-invite-link',
  operationId: 'generateInviteLink',
  summary: 'Make a one-time link into a group',
  description:
    'For owners and admins of the group and administrators; only owners and administrators make owners and admins. The link lets one person in, within 24 hours. It is told here, once, and kept nowhere.',
  permission: 'member',
  query: emptySchema,
  body: z.strictObject({ role: groupRoleSchema.default('member') }),
  status: 201,
  response: z.strictObject({ invite_link: z.string(), expires_at: timeSchema, group_id: idSchema }),
  problemStatuses: [404, 409],
  examples: {
    body: { role: 'member' },
    response: {
      invite_link: `https://alumni.example.org/groups/1/join?token=${exampleToken}`,
      expires_at: '2026-11-26T14:30:00.000Z',
      group_id: 1,
    },
  },
  async run({ req, res, id: groupId, body: { role } }) {
    const made = await generateGroupLink(
      groupId,
      { role, hours: linkValidityHours.usual },
      actorOf(req, res),
    );
    return {
      invite_link: groupLinkUrl(made),
      expires_at: made.expiresAt.toISOString(),
      group_id: Number(made.groupId),
    };
  },
});

export const redeemInviteLinkOperation = defineOperation({
  method: 'post',
  path: '/v1/groups/:id/redeem-invite-link',
  operationId: 'redeemInviteLink',
  summary: 'Join a group by a one-time link',
  description:
    'Whoever asks joins. 404: unknown or forged; 410: expired, revoked or used; 400: of another group; 409: a member already, and the link is not spent.',
  permission: 'member',
  query: z.strictObject({
    // Whatever is no token of ours is unknown, 404, in whichever way it is none.
    token: z.string().catch('').meta({ description: 'What the link has after `token=`' }),
  }),
  body: emptySchema,
  status: 200,
  response: z.strictObject({
    membership: z
      .strictObject({
        id: idSchema,
        group_id: idSchema,
        user_id: idSchema,
        role: groupRoleSchema,
        status: z.literal('active'),
        joined_at: timeSchema,
      })
      .meta({ id: 'Membership' }),
    message: z.string(),
  }),
  problemStatuses: [400, 404, 409, 410],
  examples: {
    query: { token: exampleToken },
    response: {
      membership: {
        id: 42,
        group_id: 1,
        user_id: 99,
        role: 'member',
        status: 'active',
        joined_at: '2026-11-25T14:30:00.000Z',
      },
      message: 'Successfully joined the group!',
    },
  },
  async run({ req, res, id: groupId, query }) {
    const linkId = verifyLinkToken('group', query.token);
    if (linkId === null) {
      await recordInvalidLink(clientNetwork(req));
      throw new UnknownGroupLink();
    }
    const joined = await redeemGroupLink(linkId, groupId, actorOf(req, res));
    return {
      membership: {
        id: Number(joined.id),
        group_id: Number(joined.groupId),
        user_id: Number(joined.accountId),
        role: joined.role,
        status: 'active' as const,
        joined_at: joined.joinedAt.toISOString(),
      },
      message: 'Successfully joined the group!',
    };
  },
});
