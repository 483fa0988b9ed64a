import { z } from 'zod';
import { NotEligible } from '../invitations/eligibility/not-eligible.ts';
import { type Invitation, listInvitationsById } from '../invitations/invitation.ts';
import { invite, retryOnConflict } from '../invitations/invite.ts';
import type { NewInvitation } from '../invitations/new-invitation.ts';
import { runOnce } from '../platform/db/idempotency.ts';
import { BadRequest, InvalidInput } from '../platform/errors.ts';
import { describeAddressFault, MAX_TYPED_ADDRESS, parseAddress } from '../platform/text/address.ts';
import { actorOf } from '../sign-in/guard.ts';
import { exampleInvitation } from './examples.ts';
import { idempotencyContext } from './idempotency-key.ts';
import { newInvitationSchema, toNewInvitation } from './new-invitation.ts';
import { defineOperation } from './operation.ts';
import { reasonSchema, toReasonJson } from './problems.ts';
import { emptySchema, invitationSchema, toInvitationJson } from './schemas.ts';

const MAX_INVITATIONS = 100;

// The address is checked later, so that an invalid one fails on its own and not the whole request.
const itemSchema = newInvitationSchema
  .extend({ email: z.string().max(MAX_TYPED_ADDRESS) })
  .meta({ id: 'BulkInvitationItem' });

const resultSchema = z
  .strictObject({
    email: z.string(),
    result: z.enum(['invited', 'refused']),
    invitation: invitationSchema.nullable(),
    reason: z.string().nullable().meta({ description: 'Why this address was not invited' }),
    reasons: z.array(reasonSchema).meta({ description: 'The same as named reasons' }),
  })
  .meta({ id: 'InvitationResult' });
type InvitationResult = z.output<typeof resultSchema>;

export const createInvitationsOperation = defineOperation({
  method: 'post',
  path: '/v1/invitations/bulk',
  operationId: 'createInvitations',
  summary: `Invite up to ${MAX_INVITATIONS} addresses`,
  description:
    'Returns one result for each address, in the order of the request. An address that can’t be invited doesn’t affect the others. With an `Idempotency-Key`, repeating the request within a day has no further effect.',
  permission: 'admin',
  scope: 'invitations:write',
  query: emptySchema,
  body: z.strictObject({
    invitations: z.array(itemSchema).min(1).max(MAX_INVITATIONS),
  }),
  isIdempotent: true,
  status: 200,
  response: z.strictObject({ invited: z.int(), refused: z.int(), results: z.array(resultSchema) }),
  problemStatuses: [],
  examples: {
    body: { invitations: [{ email: 'kofi@example.org' }, { email: 'esi@example.org', replace: true }] },
    response: {
      invited: 1,
      refused: 1,
      results: [
        {
          email: 'amma@example.org',
          result: 'invited',
          invitation: exampleInvitation,
          reason: null,
          reasons: [],
        },
        {
          email: 'esi@example.org',
          result: 'refused',
          invitation: null,
          reason: 'An invitation of 24 November 2026 for this address is still open.',
          reasons: [
            {
              name: 'open',
              severity: 'warning',
              detail: 'An invitation of 24 November 2026 for this address is still open.',
            },
          ],
        },
      ],
    },
  },
  async run({ req, res, body }) {
    const items = await Promise.all(body.invitations.map(parseItem));
    const invitees = items.flatMap(({ invitee }) => (invitee instanceof Error ? [] : [invitee]));
    const actor = actorOf(req, res);
    return retryOnConflict(() =>
      runOnce(idempotencyContext(req, res, body), async () => {
        const outcomes = (await invite(invitees, actor)).map((outcome) =>
          outcome instanceof Error ? outcome : outcome.invitationId,
        );
        const byId = await listInvitationsById(outcomes.filter((outcome) => typeof outcome === 'string'));
        const results = items.map(({ email, invitee }) => {
          // There is one outcome for each invitee, in the same order.
          const outcome = invitee instanceof Error ? invitee : (outcomes.shift() as string | Error);
          return toResult(email, typeof outcome === 'string' ? (byId.get(outcome) as Invitation) : outcome);
        });
        const invited = results.filter(({ result }) => result === 'invited').length;
        return { invited, refused: results.length - invited, results };
      }),
    );
  },
});

/** The invitation to create, or the error of an invalid item. `email` is normalised if it is valid. */
async function parseItem(
  input: z.output<typeof itemSchema>,
): Promise<{ email: string; invitee: NewInvitation | Error }> {
  const parsed = parseAddress(input.email);
  if ('fault' in parsed)
    return { email: input.email, invitee: new BadRequest(describeAddressFault(parsed.fault)) };
  const email = parsed.address;
  const invitee = await toNewInvitation({ ...input, email }).catch((error: unknown) => {
    if (error instanceof InvalidInput) return error;
    throw error;
  });
  return { email, invitee };
}

function toResult(email: string, outcome: Invitation | Error): InvitationResult {
  if (!(outcome instanceof Error))
    return { email, result: 'invited', invitation: toInvitationJson(outcome), reason: null, reasons: [] };
  const reasons = outcome instanceof NotEligible ? outcome.reasons.map(toReasonJson) : [];
  return { email, result: 'refused', invitation: null, reason: outcome.message, reasons };
}
