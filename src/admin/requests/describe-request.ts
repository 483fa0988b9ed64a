import { findReason } from '../../invitations/eligibility/address-lookup.ts';
import type { ReasonName } from '../../invitations/eligibility/eligibility.ts';
import { describeReason } from '../../invitations/eligibility/explain.ts';
import type { ListedRequest } from '../../invitations/requests/list.ts';
import type { RequesterLookup, SimilarPerson } from '../../invitations/requests/requester.ts';
import { planApproval } from '../../invitations/requests/resolution.ts';
import { t } from '../../platform/i18n/i18n.ts';

/** A fact about the requester that supports or weakens the request. */
export type Evidence = Readonly<{ tone: 'good' | 'wait' | 'bad'; text: string; url: string | null }>;

/** A request as shown to staff: who the requester may be, and what approving does. */
export type RequestDescription = Readonly<{
  request: ListedRequest;
  evidence: readonly Evidence[];
  similarPeople: readonly (SimilarPerson & Readonly<{ label: string }>)[];
  /** The address that the typing mistake was probably meant to be. */
  suggestedEmail: string | null;
  /**
   * The label of the button that approves. Null if the viewer may not approve or nothing can be sent;
   * `cannotApproveText` says why.
   */
  approveLabel: string | null;
  /** Whether approving is the normal choice: the address is known and nothing counts against it. */
  isRecommended: boolean;
  cannotApproveText: string | null;
  /** The warnings shown, which approving overrides, comma-separated for the form. */
  override: string;
}>;

/** Links to accounts are for administrators only. */
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
    similarPeople: similarPeople.map((person) => ({ ...person, label: personLabel(person) })),
    suggestedEmail: findReason(lookup.reasons, 'typo')?.suggestedEmail ?? null,
    approveLabel: canApprove
      ? t(`invitations:requests.approve.${plan.requiresAdmin ? 'anyway' : plan.resolution}`)
      : null,
    isRecommended: plan !== null && !plan.requiresAdmin,
    cannotApproveText: canApprove
      ? null
      : plan
        ? t('invitations:requests.onlyAdmins')
        : request.kind !== 'new-link'
          ? null
          : t('invitations:requests.blocked'),
    override: overridableWarnings(lookup),
  };
}

/** The warnings shown, without that about an open invitation, comma-separated for a form. */
export function overridableWarnings({ reasons }: RequesterLookup['lookup']): string {
  return reasons
    .filter(({ name, severity }) => severity === 'warning' && name !== 'open')
    .map(({ name }) => name)
    .join(',');
}

export function recordEvidence({ records }: RequesterLookup['lookup']): Evidence[] {
  return records.map((record) => {
    const person = personLabel(record);
    return record.claimed
      ? { tone: 'wait', text: t('invitations:requests.claimedRecordAtAddress', { person }), url: null }
      : { tone: 'good', text: t('invitations:requests.recordAtAddress', { person }), url: null };
  });
}

/** The name with what distinguishes the person from others: “Amma Owusu (Batch 2008, Alder Hill)”. */
function personLabel({
  name,
  email = '',
  batch,
  center,
}: Readonly<{ name: string; email?: string; batch: number | null; center: string | null }>): string {
  const facts = [batch && t('invitations:requests.batch', { batch }), center].filter(Boolean).join(', ');
  return facts === '' ? name || email : `${name || email} (${facts})`;
}

const tones = { blocked: 'bad', warning: 'wait', info: 'wait' } as const;
/** Reasons that support the request. */
const positiveReasons: readonly ReasonName[] = ['open', 'account'];
/** Reasons that the page shows in another place. */
const shownElsewhere: readonly ReasonName[] = ['no-record', 'several-records', 'typo', 'reported-deceased'];

export function reasonEvidence({ reasons }: RequesterLookup['lookup'], isAdmin: boolean): Evidence[] {
  return reasons
    .filter(({ name }) => !shownElsewhere.includes(name))
    .map((reason) => {
      const { name, severity, invitationId, accountId } = reason;
      const accountUrl = isAdmin && accountId ? `/admin/people/${accountId}` : null;
      return {
        tone: positiveReasons.includes(name) ? 'good' : tones[severity],
        text: describeReason(reason),
        url: invitationId ? `/admin/invitations/${invitationId}` : accountUrl,
      };
    });
}
