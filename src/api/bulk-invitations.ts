import { z } from 'zod';
import { NotEligible } from '../invitations/eligibility/not-eligible.ts';
import { type Invitation, listInvitationsById } from '../invitations/invitation.ts';
import { invite, retryOnConflict } from '../invitations/invite.ts';
import type { NewInvitation } from '../invitations/new-invitation.ts';
import { runOnce } from '../platform/db/idempotency.ts';
import { BadRequest, InvalidInput } from '../platform/errors.ts';
import { normaliseAddress } from '../platform/text/address.ts';
import { actorOf } from '../sign-in/guard.ts';
import { exampleInvitation } from './examples.ts';
import { idempotencyContext } from './idempotency-key.ts';
import { newInvitationSchema, toNewInvitation } from './new-invitation.ts';
import { defineOperation } from './operation.ts';
import { reasonSchema, toReasonJson } from './problems.ts';
import { emptySchema, invitationSchema, toInvitationJson } from './schemas.ts';

const MAX_INVITATIONS = 100;

// One wrong address or place refuses itself only.
const itemSchema = newInvitationSchema
  .extend({ email: z.string().max(400) })
  .meta({ id: 'BulkInvitationItem' });

const resultSchema = z
  .strictObject({
    email: z.string(),
    result: z.enum(['invited', 'refused']),
    invitation: invitationSchema.nullable(),
    reason: z.string().nullable().meta({ description: 'Why it was refused' }),
    reasons: z.array(reasonSchema).meta({ description: 'Why the address was refused, by name' }),
  })
  .meta({ id: 'InvitationResult' });
type InvitationResult = z.output<typeof resultSchema>;

const invalidAddress = new BadRequest('This is no e-mail address.');

export const createInvitationsOperation = defineOperation({
  method: 'post',
  path: '/v1/invitations/bulk',
  operationId: 'createInvitations',
  summary: `Invite up to ${MAX_INVITATIONS} addresses`,
  description:
    'For administrators. Each address has a result of its own, in the order given; those that can’t be invited stop no other. With an `Idempotency-Key` the same request is done once, however often it is sent within a day.',
  permission: 'admin',
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
    const given = items.flatMap(({ invitee }) => (invitee instanceof Error ? [] : [invitee]));
    const actor = actorOf(req, res);
    return retryOnConflict(() =>
      runOnce(idempotencyContext(req, res, body), async () => {
        const answers = (await invite(given, actor)).map((one) =>
          one instanceof Error ? one : one.invitationId,
        );
        const byId = await listInvitationsById(answers.filter((one) => typeof one === 'string'));
        const results = items.map(({ email, invitee }) => {
          const answer = invitee instanceof Error ? invitee : (answers.shift() ?? invalidAddress);
          return toResult(email, typeof answer === 'string' ? (byId.get(answer) ?? invalidAddress) : answer);
        });
        const invited = results.filter((one) => one.result === 'invited').length;
        return { invited, refused: results.length - invited, results };
      }),
    );
  },
});

/** Whom to invite, or why it can't be tried. `email` is in its one spelling, where it has one. */
async function parseItem(
  input: z.output<typeof itemSchema>,
): Promise<{ email: string; invitee: NewInvitation | Error }> {
  const email = normaliseAddress(input.email);
  if (email === null) return { email: input.email, invitee: invalidAddress };
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
