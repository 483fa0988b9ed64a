import { findReason } from '../../invitations/eligibility/address-lookup.ts';
import type { ReasonName } from '../../invitations/eligibility/eligibility.ts';
import { describeReason } from '../../invitations/eligibility/explain.ts';
import type { ListedRequest } from '../../invitations/requests/list.ts';
import type { RequesterLookup, SimilarPerson } from '../../invitations/requests/requester.ts';
import type { ApprovalPlan } from '../../invitations/requests/resolution.ts';
import { planApproval } from '../../invitations/requests/resolution.ts';

/** One thing that is known of somebody who asks, and where it stands. */
type Evidence = Readonly<{ tone: 'good' | 'wait' | 'bad'; text: string; url: string | null }>;

/** A request as staff read it: who it may be and why, and what approving does. */
export type RequestDescription = Readonly<{
  request: ListedRequest;
  evidence: readonly Evidence[];
  similarPeople: readonly (SimilarPerson & Readonly<{ reason: string }>)[];
  /** The address that was probably meant, where this one looks like a slip. */
  suggestedEmail: string | null;
  /** The button that approves; null where this reader may not, or nothing can be sent: then `instead` says why. */
  approveLabel: string | null;
  /** Whether approving is the usual thing to do; else something speaks against it, or nothing for it. */
  isRecommended: boolean;
  cannotApproveText: string | null;
  /** The warnings that are shown and that approving overrides, for the form. */
  override: string;
}>;

const approveLabels: Readonly<Record<ApprovalPlan['resolution'], string>> = {
  'password-reset': 'Send a link for a new password',
  resent: 'Send the invitation again',
  invited: 'Approve and invite this address',
};

const matchLabels = {
  'similar-address': 'a similar address',
  'similar-name': 'the address reads like the name',
} as const;

/** Only administrators are led to accounts. */
export function describeRequest(
  request: ListedRequest,
  { lookup, similarPeople }: RequesterLookup,
  isAdmin: boolean,
): RequestDescription {
  const plan = request.kind === 'new-link' ? planApproval(lookup) : null;
  const canApprove = plan !== null && (isAdmin || !plan.requiresAdmin);
  return {
    request,
    evidence: [...recordEvidence(lookup), ...reasonEvidence(lookup, isAdmin)],
    similarPeople: similarPeople.map((person) => ({ ...person, reason: matchLabels[person.matchedBy] })),
    suggestedEmail: findReason(lookup.reasons, 'typo')?.suggestedEmail ?? null,
    approveLabel: canApprove
      ? plan.requiresAdmin
        ? 'Invite this address all the same'
        : approveLabels[plan.resolution]
      : null,
    isRecommended: plan !== null && !plan.requiresAdmin,
    cannotApproveText: canApprove
      ? null
      : plan
        ? 'Only an administrator can invite this address.'
        : request.kind === 'deceased'
          ? null
          : 'Nothing can be sent to this address.',
    override: lookup.reasons
      .filter(({ name, severity }) => severity === 'warning' && name !== 'open')
      .map(({ name }) => name)
      .join(','),
  };
}

function recordEvidence({ records }: RequesterLookup['lookup']): Evidence[] {
  return records.map(({ name, batch, center, claimed }) => {
    const more = [batch && `batch ${batch}`, center].filter(Boolean).join(', ');
    const text = `The directory has ${name}${more && ` (${more})`} at this address${claimed ? ', who has an account already' : ''}.`;
    return { tone: claimed ? 'wait' : 'good', text, url: null };
  });
}

const tones = { blocked: 'bad', warning: 'wait', info: 'wait' } as const;
/** What speaks for somebody who asks for a link. */
const positiveReasons: readonly ReasonName[] = ['open', 'account'];
/** What the list of records, or the offer of another address, says already. */
const shownElsewhere: readonly ReasonName[] = ['no-record', 'several-records', 'typo', 'reported-deceased'];

function reasonEvidence({ reasons }: RequesterLookup['lookup'], isAdmin: boolean): Evidence[] {
  return reasons
    .filter(({ name }) => !shownElsewhere.includes(name))
    .map((reason) => {
      const { name, severity, invitationId, accountId } = reason;
      const account = isAdmin && accountId ? `/admin/people/${accountId}` : null;
      return {
        tone: positiveReasons.includes(name) ? 'good' : tones[severity],
        text: describeReason(reason),
        url: invitationId ? `/admin/invitations/${invitationId}` : account,
      };
    });
}
