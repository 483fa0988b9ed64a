import { z } from 'zod';
import { redeemGroupLink } from '../groups/join-by-link.ts';
import { generateGroupLink, groupLinkUrl, linkValidityHours } from '../groups/link.ts';
import { InvalidGroupLink } from '../groups/link-errors.ts';
import { verifyLinkToken } from '../platform/crypto/signed-links.ts';
import { recordInvalidLink } from '../platform/db/rate-limit.ts';
import { clientNetwork } from '../platform/http/client-network.ts';
import { t } from '../platform/i18n/i18n.ts';
import { actorOf } from '../sign-in/guard.ts';
import { defineOperation } from './operation.ts';
import { emptySchema, groupRoleSchema, idSchema, timeSchema } from './schemas.ts';

const exampleToken = 'AcYQ0uB1RkqVn3m8o2y4vRo…';

export const generateInviteLinkOperation = defineOperation({
  method: 'post',
  path: '/v1/groups/:id/generate-invite-link',
  operationId: 'generateInviteLink',
  summary: 'Create a one-time link that joins a group',
  description:
    'Allowed for the group’s owners and admins, and for administrators. Only owners and administrators can set the role to owner or admin. One person can join by the link, within 24 hours. The link is returned only here and can’t be retrieved again.',
  permission: 'member',
  scope: 'groups:write',
  query: emptySchema,
  body: z.strictObject({ role: groupRoleSchema.optional().meta({ description: 'Default: member' }) }),
  status: 201,
  response: z.strictObject({ invite_link: z.string(), expires_at: timeSchema, group_id: idSchema }),
  problemStatuses: [404, 409],
  examples: {
    body: { role: 'member' },
    response: {
      invite_link: `https://alumni.example.org/join-group/1?token=${exampleToken}`,
      expires_at: '2026-11-26T14:30:00.000Z',
      group_id: 1,
    },
  },
  async run({ req, res, id: groupId, body: { role = 'member' } }) {
    const link = await generateGroupLink(
      groupId,
      { role, hours: linkValidityHours.default },
      actorOf(req, res),
    );
    return {
      invite_link: groupLinkUrl(link),
      expires_at: link.expiresAt.toISOString(),
      group_id: Number(link.groupId),
    };
  },
});

export const redeemInviteLinkOperation = defineOperation({
  method: 'post',
  path: '/v1/groups/:id/redeem-invite-link',
  operationId: 'redeemInviteLink',
  summary: 'Join a group with a one-time link',
  description:
    'The account of the token joins the group. 404: unknown or forged link. 410: expired, revoked or used. 400: the link belongs to another group. 409: already a member; the link remains valid.',
  permission: 'member',
  scope: null,
  query: z.strictObject({
    // A missing or repeated token is an unknown link: 404, not 422.
    token: z.string().catch('').meta({ description: 'The part of the link after `token=`' }),
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
      throw new InvalidGroupLink();
    }
    const membership = await redeemGroupLink(linkId, groupId, actorOf(req, res));
    return {
      membership: {
        id: Number(membership.id),
        group_id: Number(membership.groupId),
        user_id: Number(membership.accountId),
        role: membership.role,
        status: 'active' as const,
        joined_at: membership.joinedAt.toISOString(),
      },
      message: t('api:groupJoined'),
    };
  },
});
