import type { ReasonName } from '../invitations/eligibility.ts';
import { explain } from '../invitations/eligibility-words.ts';
import { reasonNamed } from '../invitations/look-up.ts';
import type { Plan } from '../invitations/request-answer.ts';
import { planFor } from '../invitations/request-answer.ts';
import type { ListedRequest } from '../invitations/request-queue.ts';
import type { Asker, Candidate } from '../register/asker.ts';

/** One thing that is known of somebody who asks, and where it stands. */
type Clue = Readonly<{ tone: 'good' | 'wait' | 'bad'; text: string; url: string | null }>;

/** A request as staff read it: who it may be and why, and what approving does. */
export type RequestInWords = Readonly<{
  request: ListedRequest;
  clues: readonly Clue[];
  candidates: readonly (Candidate & Readonly<{ reason: string }>)[];
  /** The address that was probably meant, where this one looks like a slip. */
  meant: string | null;
  /** The button that approves; null where this reader may not, or nothing can be sent: then `instead` says why. */
  button: string | null;
  /** Whether approving is the usual thing to do; else something speaks against it, or nothing for it. */
  isUsual: boolean;
  instead: string | null;
  /** The warnings that are shown and that approving overrides, for the form. */
  override: string;
}>;

const buttons: Readonly<Record<Plan['answer'], string>> = {
  reset: 'Send a link for a new password',
  resent: 'Send the invitation again',
  invited: 'Approve and invite this address',
};

const reasons = {
  'similar-address': 'a similar address',
  'similar-name': 'the address reads like the name',
} as const;

/** Only administrators are led to accounts. */
export function requestInWords(
  request: ListedRequest,
  { known, candidates }: Asker,
  isAdmin: boolean,
): RequestInWords {
  const plan = request.kind === 'new-link' ? planFor(known) : null;
  const may = plan !== null && (isAdmin || !plan.onlyAdmin);
  return {
    request,
    clues: [...cluesFrom(known), ...cluesOf(known, isAdmin)],
    candidates: candidates.map((one) => ({ ...one, reason: reasons[one.why] })),
    meant: reasonNamed(known.reasons, 'typo')?.meant ?? null,
    button: may ? (plan.onlyAdmin ? 'Invite this address all the same' : buttons[plan.answer]) : null,
    isUsual: plan !== null && !plan.onlyAdmin,
    instead: may
      ? null
      : plan
        ? 'Only an administrator can invite this address.'
        : request.kind === 'deceased'
          ? null
          : 'Nothing can be sent to this address.',
    override: known.reasons
      .filter(({ name, severity }) => severity === 'warning' && name !== 'open')
      .map(({ name }) => name)
      .join(','),
  };
}

function cluesFrom({ records }: Asker['known']): Clue[] {
  return records.map(({ name, batch, center, claimed }) => {
    const more = [batch && `batch ${batch}`, center].filter(Boolean).join(', ');
    const text = `The directory has ${name}${more && ` (${more})`} at this address${claimed ? ', who has an account already' : ''}.`;
    return { tone: claimed ? 'wait' : 'good', text, url: null };
  });
}

const tones = { blocked: 'bad', warning: 'wait', info: 'wait' } as const;
/** What speaks for somebody who asks for a link. */
const good: readonly ReasonName[] = ['open', 'account'];
/** What the list of records, or the offer of another address, says already. */
const saidElsewhere: readonly ReasonName[] = ['no-record', 'several-records', 'typo', 'reported-deceased'];

function cluesOf({ reasons }: Asker['known'], isAdmin: boolean): Clue[] {
  return reasons
    .filter(({ name }) => !saidElsewhere.includes(name))
    .map((reason) => {
      const { name, severity, invitationId, accountId } = reason;
      const account = isAdmin && accountId ? `/admin/people/${accountId}` : null;
      return {
        tone: good.includes(name) ? 'good' : tones[severity],
        text: explain(reason),
        url: invitationId ? `/admin/invitations/${invitationId}` : account,
      };
    });
}
