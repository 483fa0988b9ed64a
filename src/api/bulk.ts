import { z } from 'zod';
import { actorOf } from '../accounts/guard.ts';
import { BadRequest } from '../errors.ts';
import type { Invitation } from '../invitations/invitation.ts';
import { inviteAll } from '../invitations/invite-all.ts';
import { normaliseAddress } from '../mail/address.ts';
import { exampleInvitation } from './examples.ts';
import { askedBy } from './idempotency-key.ts';
import { newInvitation, newInvitationOf } from './invitations.ts';
import { operation } from './operation.ts';
import { invitation, nothing, tellInvitation } from './shapes.ts';

const MOST_AT_ONCE = 100;

// One wrong address refuses itself only.
const item = newInvitation.extend({ email: z.string().max(400) });

const result = z.strictObject({
  email: z.string(),
  result: z.enum(['invited', 'refused']),
  invitation: invitation.nullable(),
  reason: z.string().nullable().meta({ description: 'Why it was refused' }),
});
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
        { email: 'amma@example.org', result: 'invited', invitation: exampleInvitation, reason: null },
        {
          email: 'esi@example.org',
          result: 'refused',
          invitation: null,
          reason: 'An invitation of 24 November 2026 for this address is still open.',
        },
      ],
    },
  },
  async run({ req, res, body }) {
    const spelled = body.invitations.map((one) => ({ ...one, spelling: normaliseAddress(one.email) }));
    const given = await Promise.all(
      spelled.flatMap(({ spelling, ...one }) =>
        spelling === null ? [] : [newInvitationOf({ ...one, email: spelling })],
      ),
    );
    const asked = askedBy(req, res, body);
    return inviteAll(given, asked, actorOf(req, res), (verdicts) => {
      const waiting = [...verdicts];
      const results = spelled.map(({ email, spelling }) =>
        spelling === null ? tell(email, noAddress) : tell(spelling, waiting.shift() ?? noAddress),
      );
      const invited = results.filter((one) => one.result === 'invited').length;
      return { invited, refused: results.length - invited, results };
    });
  },
});

function tell(email: string, verdict: Invitation | Error): Result {
  return verdict instanceof Error
    ? { email, result: 'refused', invitation: null, reason: verdict.message }
    : { email, result: 'invited', invitation: tellInvitation(verdict), reason: null };
}
