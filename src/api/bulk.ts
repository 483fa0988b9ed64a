import { z } from 'zod';
import { actorOf } from '../accounts/guard.ts';
import { BadRequest, Invalid } from '../errors.ts';
import { once } from '../idempotency.ts';
import { type Invitation, invitationsById } from '../invitations/invitation.ts';
import { invite, type NewInvitation, retried } from '../invitations/invite.ts';
import { NotEligible } from '../invitations/not-eligible.ts';
import { normaliseAddress } from '../mail/address.ts';
import { exampleInvitation } from './examples.ts';
import { askedBy } from './idempotency-key.ts';
import { newInvitation, newInvitationOf } from './new-invitation.ts';
import { operation } from './operation.ts';
import { reasonShape, reasonTold } from './problems.ts';
import { invitation, nothing, tellInvitation } from './shapes.ts';

const MOST_AT_ONCE = 100;

// One wrong address or place refuses itself only.
const item = newInvitation.extend({ email: z.string().max(400) }).meta({ id: 'NewInvitationOfMany' });

const result = z
  .strictObject({
    email: z.string(),
    result: z.enum(['invited', 'refused']),
    invitation: invitation.nullable(),
    reason: z.string().nullable().meta({ description: 'Why it was refused' }),
    reasons: z.array(reasonShape).meta({ description: 'Why the address was refused, by name' }),
  })
  .meta({ id: 'InvitationResult' });
type Result = z.output<typeof result>;

const noAddress = new BadRequest('This is no e-mail address.');

export const inviteInBulk = operation({
  method: 'post',
  path: '/v1/invitations/bulk',
  name: 'createInvitations',
  summary: `Invite up to ${MOST_AT_ONCE} addresses`,
  tells:
    'For administrators. Each address has a result of its own, in the order given; those that can’t be invited stop no other. With an `Idempotency-Key` the same request is done once, however often it is sent within a day.',
  who: 'admin',
  query: nothing,
  body: z.strictObject({
    invitations: z.array(item).min(1).max(MOST_AT_ONCE),
  }),
  onceByKey: true,
  status: 200,
  answer: z.strictObject({ invited: z.int(), refused: z.int(), results: z.array(result) }),
  refusals: [],
  examples: {
    body: { invitations: [{ email: 'kofi@example.org' }, { email: 'esi@example.org', replace: true }] },
    answer: {
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
    const items = await Promise.all(body.invitations.map(readItem));
    const given = items.flatMap(({ invitee }) => (invitee instanceof Error ? [] : [invitee]));
    const actor = actorOf(req, res);
    return retried(() =>
      once(askedBy(req, res, body), async () => {
        const answers = (await invite(given, actor)).map((one) =>
          one instanceof Error ? one : one.invitationId,
        );
        const byId = await invitationsById(answers.filter((one) => typeof one === 'string'));
        const results = items.map(({ email, invitee }) => {
          const answer = invitee instanceof Error ? invitee : (answers.shift() ?? noAddress);
          return tell(email, typeof answer === 'string' ? (byId.get(answer) ?? noAddress) : answer);
        });
        const invited = results.filter((one) => one.result === 'invited').length;
        return { invited, refused: results.length - invited, results };
      }),
    );
  },
});

/** Whom to invite, or why it can't be tried. `email` is in its one spelling, where it has one. */
async function readItem(
  given: z.output<typeof item>,
): Promise<{ email: string; invitee: NewInvitation | Error }> {
  const email = normaliseAddress(given.email);
  if (email === null) return { email: given.email, invitee: noAddress };
  const invitee = await newInvitationOf({ ...given, email }).catch((error: unknown) => {
    if (error instanceof Invalid) return error;
    throw error;
  });
  return { email, invitee };
}

function tell(email: string, answer: Invitation | Error): Result {
  if (!(answer instanceof Error))
    return { email, result: 'invited', invitation: tellInvitation(answer), reason: null, reasons: [] };
  const reasons = answer instanceof NotEligible ? answer.reasons.map(reasonTold) : [];
  return { email, result: 'refused', invitation: null, reason: answer.message, reasons };
}
