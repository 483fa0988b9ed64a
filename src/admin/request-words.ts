import type { Plan } from '../invitations/request-answer.ts';
import { planFor } from '../invitations/request-answer.ts';
import type { ListedRequest } from '../invitations/request-queue.ts';
import type { Asker, Candidate } from '../register/asker.ts';
import { date } from '../web/view.ts';

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

const wishes = {
  'not-me': 'said that it is not for them',
  'rather-not': 'said they would rather not join',
  stop: 'asked us to stop writing',
  deceased: 'was reported to have died',
} as const;

/** Only administrators are led to accounts. */
export function requestInWords(
  request: ListedRequest,
  { known, candidates }: Asker,
  isAdmin: boolean,
): RequestInWords {
  const plan = planFor(known);
  const may = plan !== null && (isAdmin || !plan.onlyAdmin);
  return {
    request,
    clues: [...cluesFrom(known, isAdmin), ...cluesAgainst(known)],
    candidates: candidates.map((one) => ({ ...one, reason: reasons[one.why] })),
    meant: known.meant,
    button: may ? (plan.onlyAdmin ? 'Invite this address all the same' : buttons[plan.answer]) : null,
    isUsual: plan !== null && !plan.onlyAdmin,
    instead: may
      ? null
      : plan
        ? 'Only an administrator can invite this address.'
        : 'Nothing can be sent: the account is suspended.',
  };
}

function cluesFrom({ account, open, matches }: Asker['known'], isAdmin: boolean): Clue[] {
  const clues: Clue[] = [];
  if (account) {
    const text = account.suspendedAt
      ? `${account.name} has an account with this address, suspended on ${date(account.suspendedAt)}.`
      : `${account.name} has an account with this address, and needs no invitation: only to sign in.`;
    const url = isAdmin ? `/admin/people/${account.id}` : null;
    clues.push({ tone: account.suspendedAt ? 'bad' : 'good', text, url });
  }
  if (open) {
    const state = open.expiresAt > new Date() ? 'is valid until' : 'expired on';
    const text = `Invited on ${date(open.at)} under this address; the invitation ${state} ${date(open.expiresAt)}.`;
    clues.push({ tone: 'good', text, url: `/admin/invitations/${open.id}` });
  }
  for (const { name, batch, center, claimed } of matches) {
    const more = [batch && `batch ${batch}`, center].filter(Boolean).join(', ');
    const text = `The register has ${name}${more && ` (${more})`} under this address${claimed ? ', who has an account already' : ''}.`;
    clues.push({ tone: claimed ? 'wait' : 'good', text, url: null });
  }
  return clues;
}

function cluesAgainst({ revoked, declined, deceased, inactive, hasBounced }: Asker['known']): Clue[] {
  const clues: Clue[] = [];
  for (const name of inactive)
    clues.push({
      tone: 'wait',
      text: `The register has ${name} under this address, but as inactive.`,
      url: null,
    });
  if (revoked) {
    const why = revoked.reason ? `: “${revoked.reason}”` : '';
    const text = `An invitation of this address was revoked on ${date(revoked.at)}${why}.`;
    clues.push({ tone: 'bad', text, url: `/admin/invitations/${revoked.id}` });
  }
  if (declined) {
    const text = `On ${date(declined.at)} the person ${wishes[declined.reason]}.`;
    clues.push({ tone: 'wait', text, url: `/admin/invitations/${declined.id}` });
  }
  for (const name of deceased)
    clues.push({
      tone: 'bad',
      text: `The register says that ${name}, who had this address, has died.`,
      url: null,
    });
  if (hasBounced)
    clues.push({ tone: 'bad', text: 'The last mail to this address was refused for good.', url: null });
  return clues;
}
